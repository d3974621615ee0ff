// Linear layers of many tokens through cooperative matrices: f16 × f16 → f32. A workgroup computes
// a tile of 128 outputs × TOKENS tokens, two units of every row at a time through shared memory,
// while the next two are on their way; each of its subgroups has 64 × 32 of the sums.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#include "linear.glsl"

// Two subgroups for every 32 tokens.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FORMAT = F32;
layout(constant_id = 2) const uint ACTIVATION = NONE;
layout(constant_id = 3) const uint GATE_FORMAT = F32;
// Shape of the device's matrices: outputs, tokens, and what is summed over.
layout(constant_id = 4) const uint M = 16;
layout(constant_id = 5) const uint N = 16;
layout(constant_id = 6) const uint K = 16;
layout(constant_id = 7) const uint TOKENS = 128;

const uint OUTPUTS = 128, UNITS = 2;
// Fours of a row of a tile, padded against conflicts of banks.
const uint PITCH = UNITS * UNIT / 4 + 2;
// Matrices of a subgroup.
const uint ROWS = 64 / M, COLUMNS = 32 / N;
const uint SETS = ACTIVATION == NONE ? 1 : 2;

#define Weights coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define Inputs coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define Sums coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>

shared f16vec4 weightTile[OUTPUTS * PITCH];
shared f16vec4 inputTile[TOKENS * PITCH];
// A matrix of each subgroup on its way out.
shared float results[TOKENS / 16][M * N];

// Of the projection and, with an activation, of its gate.
Sums sums[SETS][ROWS][COLUMNS];

f16vec4 halves(vec4 numbers) { return f16vec4(clamp(numbers, -65504.0, 65504.0)); }

// The units that an invocation brings into the tiles: of weights, and of inputs.
const uint WEIGHT_UNITS = (OUTPUTS * UNITS + gl_WorkGroupSize.x - 1) / gl_WorkGroupSize.x;
const uint INPUT_UNITS = (TOKENS * UNITS + gl_WorkGroupSize.x - 1) / gl_WorkGroupSize.x;
f16vec4 nextWeights[WEIGHT_UNITS][4];
f16vec4 nextInputs[INPUT_UNITS][4];

void loadNext(uint format, uint index, uint firstOutput, uint firstToken, uint firstUnit) {
  for (uint i = 0; i < WEIGHT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    uint row = firstOutput + own / UNITS, unit = firstUnit + own % UNITS;
    vec4 numbers[4] = vec4[4](vec4(0), vec4(0), vec4(0), vec4(0));
    if (row < projections[index].count && unit < unitCount(width))
      loadUnit(
          format, element(projections[index].weights, row, rowBytes(format, width)), unit, width,
          numbers);
    for (uint run = 0; run < 4; run++) nextWeights[i][run] = halves(numbers[run]);
  }
  for (uint i = 0; i < INPUT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    uint token = firstToken + own / UNITS, unit = firstUnit + own % UNITS;
    bool exists = token < tokens && unit < unitCount(width);
    for (uint run = 0; run < 4; run++) {
      vec4 numbers = vec4(0);
      if (exists)
        numbers = plainRun(
            F32, element(inputs, token, 4 * width), runStart(format, unit, run), width);
      nextInputs[i][run] = halves(numbers);
    }
  }
}

void storeNext() {
  for (uint i = 0; i < WEIGHT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    if (own >= OUTPUTS * UNITS) break;
    for (uint run = 0; run < 4; run++)
      weightTile[own / UNITS * PITCH + own % UNITS * 4 + run] = nextWeights[i][run];
  }
  for (uint i = 0; i < INPUT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    if (own >= TOKENS * UNITS) break;
    for (uint run = 0; run < 4; run++)
      inputTile[own / UNITS * PITCH + own % UNITS * 4 + run] = nextInputs[i][run];
  }
}

// Adds the products of what is in the tiles to `sums[set]`.
void multiplyTiles(uint set, uint firstRow, uint firstColumn) {
  for (uint k = 0; k < UNITS * UNIT; k += K) {
    Weights weights[ROWS];
    for (uint r = 0; r < ROWS; r++)
      coopMatLoad(
          weights[r], weightTile, (firstRow + r * M) * PITCH + k / 4, PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
    for (uint c = 0; c < COLUMNS; c++) {
      Inputs x;
      coopMatLoad(
          x, inputTile, (firstColumn + c * N) * PITCH + k / 4, PITCH,
          gl_CooperativeMatrixLayoutColumnMajor);
      for (uint r = 0; r < ROWS; r++)
        sums[set][r][c] = coopMatMulAdd(weights[r], x, sums[set][r][c]);
    }
  }
}

// The products with one matrix.
void multiply(
    uint format, uint index, uint set, uint firstOutput, uint firstToken, uint firstRow,
    uint firstColumn) {
  for (uint r = 0; r < ROWS; r++)
    for (uint c = 0; c < COLUMNS; c++) sums[set][r][c] = Sums(0.0);
  loadNext(format, index, firstOutput, firstToken, 0);
  for (uint unit = 0; unit < unitCount(width); unit += UNITS) {
    barrier();
    storeNext();
    barrier();
    if (unit + UNITS < unitCount(width))
      loadNext(format, index, firstOutput, firstToken, unit + UNITS);
    multiplyTiles(set, firstRow, firstColumn);
  }
}

void main() {
  uint tile = gl_WorkGroupID.x, firstToken = gl_WorkGroupID.y * TOKENS;
  uint index = ACTIVATION == NONE ? projectionOf(tile, OUTPUTS) : 0;
  uint firstOutput = tile * OUTPUTS;
  uint firstRow = gl_SubgroupID % 2 * 64, firstColumn = gl_SubgroupID / 2 * 32;
  multiply(FORMAT, index, 0, firstOutput, firstToken, firstRow, firstColumn);
  if (ACTIVATION != NONE)
    multiply(GATE_FORMAT, 1, SETS - 1, firstOutput, firstToken, firstRow, firstColumn);

  for (uint r = 0; r < ROWS; r++)
    for (uint c = 0; c < COLUMNS; c++) {
      // Both sets lie in registers alike; there is no bias to come between.
      if (ACTIVATION != NONE)
        for (uint i = 0; i < sums[0][r][c].length(); i++)
          sums[0][r][c][i] *= activated(ACTIVATION, sums[SETS - 1][r][c][i]);
      barrier();
      coopMatStore(
          sums[0][r][c], results[gl_SubgroupID], 0, M, gl_CooperativeMatrixLayoutColumnMajor);
      barrier();
      for (uint i = gl_SubgroupInvocationID; i < M * N; i += gl_SubgroupSize) {
        uint row = firstOutput + firstRow + r * M + i % M;
        uint token = firstToken + firstColumn + c * N + i / M;
        if (row < projections[index].count && token < tokens)
          storeOutput(index, token, row, finished(index, row, results[gl_SubgroupID][i]));
      }
    }
}
