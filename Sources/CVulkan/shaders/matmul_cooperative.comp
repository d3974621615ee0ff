// `matmul_halves.glsl` through cooperative matrices, f16 × f16 → f32: a team is a subgroup.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#include "matmul_halves.glsl"

// Shape of the device's matrices: rows, tokens, and what is summed over.
layout(constant_id = 7) const uint M = 16;
layout(constant_id = 8) const uint N = 16;
layout(constant_id = 9) const uint K = 16;

// Matrices of a subgroup.
const uint MATRIX_ROWS = TEAM_ROWS / M, MATRIX_COLUMNS = TEAM_TOKENS / N;

#define Weights coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define Inputs coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define Sums coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>

Sums sums[MATRIX_ROWS][MATRIX_COLUMNS];

// A matrix of each subgroup on its way out, and that of its gates.
shared float results[TEAMS][GATED][M * N];

void clearSums() {
  [[unroll]] for (uint r = 0; r < MATRIX_ROWS; r++)
    [[unroll]] for (uint c = 0; c < MATRIX_COLUMNS; c++) sums[r][c] = Sums(0.0);
}

void multiplyTiles(uint firstRow, uint firstColumn) {
  [[unroll]] for (uint k = 0; k < UNITS * UNIT; k += K) {
    Weights weights[MATRIX_ROWS];
    [[unroll]] for (uint r = 0; r < MATRIX_ROWS; r++)
      coopMatLoad(
          weights[r], weightTile, (firstRow + r * M) * PITCH + k / 4, PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint c = 0; c < MATRIX_COLUMNS; c++) {
      Inputs x;
      coopMatLoad(
          x, inputTile, (firstColumn + c * N) * PITCH + k / 4, PITCH,
          gl_CooperativeMatrixLayoutColumnMajor);
      [[unroll]] for (uint r = 0; r < MATRIX_ROWS; r++)
        sums[r][c] = coopMatMulAdd(weights[r], x, sums[r][c]);
    }
  }
}

void storeSums(uint index, uint firstOutput, uint firstToken) {
  const uint own = MATRIX_ROWS / GATED;
  [[unroll]] for (uint r = 0; r < own; r++)
    [[unroll]] for (uint c = 0; c < MATRIX_COLUMNS; c++) {
      barrier();
      [[unroll]] for (uint set = 0; set < GATED; set++)
        coopMatStore(
            sums[r + set * own][c], results[gl_SubgroupID][set], 0, M,
            gl_CooperativeMatrixLayoutColumnMajor);
      barrier();
      for (uint i = gl_SubgroupInvocationID; i < M * N; i += gl_SubgroupSize)
        storeProduct(
            index, firstOutput + r * M + i % M, firstToken + c * N + i / M,
            results[gl_SubgroupID][0][i], results[gl_SubgroupID][GATED - 1][i]);
    }
}

void main() { multiply(gl_SubgroupID); }
