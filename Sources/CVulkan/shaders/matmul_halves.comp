// `matmul_halves.glsl` in pairs of halves, for devices without cooperative matrices: a team is 32
// neighbouring invocations, 8 × 4 of them, each with every eighth row and every fourth token. A sum
// is f16 within a step of the tiles, and f32 over all steps.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "matmul_halves.glsl"

const uint OWN_ROWS = TEAM_ROWS / 8, OWN_TOKENS = TEAM_TOKENS / 4;

float sums[OWN_ROWS][OWN_TOKENS];

void clearSums() {
  [[unroll]] for (uint r = 0; r < OWN_ROWS; r++)
    [[unroll]] for (uint t = 0; t < OWN_TOKENS; t++) sums[r][t] = 0.0;
}

void multiplyTiles(uint firstRow, uint firstColumn) {
  uint lane = gl_LocalInvocationID.x % LANES;
  f16vec2 partial[OWN_ROWS][OWN_TOKENS];
  [[unroll]] for (uint r = 0; r < OWN_ROWS; r++)
    [[unroll]] for (uint t = 0; t < OWN_TOKENS; t++) partial[r][t] = f16vec2(0);
  for (uint k = 0; k < UNITS * UNIT / 4; k++) {
    f16vec4 weights[OWN_ROWS];
    [[unroll]] for (uint r = 0; r < OWN_ROWS; r++)
      weights[r] = weightTile[(firstRow + lane % 8 + 8 * r) * PITCH + k];
    [[unroll]] for (uint t = 0; t < OWN_TOKENS; t++) {
      f16vec4 x = inputTile[(firstColumn + lane / 8 + 4 * t) * PITCH + k];
      [[unroll]] for (uint r = 0; r < OWN_ROWS; r++)
        partial[r][t] = fma(weights[r].zw, x.zw, fma(weights[r].xy, x.xy, partial[r][t]));
    }
  }
  [[unroll]] for (uint r = 0; r < OWN_ROWS; r++)
    [[unroll]] for (uint t = 0; t < OWN_TOKENS; t++)
      sums[r][t] += float(partial[r][t].x) + float(partial[r][t].y);
}

void storeSums(uint index, uint firstOutput, uint firstToken) {
  uint lane = gl_LocalInvocationID.x % LANES;
  const uint own = OWN_ROWS / GATED;
  [[unroll]] for (uint r = 0; r < own; r++)
    [[unroll]] for (uint t = 0; t < OWN_TOKENS; t++)
      storeProduct(
          index, firstOutput + lane % 8 + 8 * r, firstToken + lane / 8 + 4 * t, sums[r][t],
          sums[r + OWN_ROWS - own][t]);
}

void main() { multiply(gl_LocalInvocationID.x / LANES); }
