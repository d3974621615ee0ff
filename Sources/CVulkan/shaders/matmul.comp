// Linear layers of many tokens in f32: a workgroup computes a tile of 64 outputs × 64 tokens, two
// units of every row at a time through shared memory; an invocation has 4 × 4 of the sums.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "linear.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint FORMAT = F32;
layout(constant_id = 1) const uint ACTIVATION = NONE;
layout(constant_id = 2) const uint GATE_FORMAT = F32;

const uint TILE = 64, UNITS = 2;

// By position in the step, then by row; padded against conflicts of banks.
shared vec4 weightTile[UNITS * UNIT][TILE / 4 + 1];
shared vec4 inputTile[UNITS * UNIT][TILE / 4 + 1];

// Brings units `first ..< first + UNITS` into the tiles: half of the invocations load weights, half
// inputs, each one unit of a row, in the order of the weights' format.
void loadTiles(uint format, uint index, uint firstOutput, uint firstToken, uint first) {
  uint own = gl_LocalInvocationID.x % (TILE * UNITS), row = own % TILE;
  uint unit = first + own / TILE, position = own / TILE * UNIT;
  bool exists = unit < unitCount(width);
  vec4 numbers[4] = vec4[4](vec4(0), vec4(0), vec4(0), vec4(0));
  if (gl_LocalInvocationID.x < TILE * UNITS) {
    uint outputRow = firstOutput + row;
    if (exists && outputRow < projections[index].count)
      loadUnit(
          format, element(projections[index].weights, outputRow, rowBytes(format, width)), unit,
          width, numbers);
    for (uint i = 0; i < UNIT; i++)
      weightTile[position + i][row / 4][row % 4] = numbers[i / 4][i % 4];
  } else {
    uint token = firstToken + row;
    if (exists && token < tokens)
      for (uint run = 0; run < 4; run++)
        numbers[run] = plainRun(
            F32, element(inputs, token, 4 * width), runStart(format, unit, run), width);
    for (uint i = 0; i < UNIT; i++)
      inputTile[position + i][row / 4][row % 4] = numbers[i / 4][i % 4];
  }
}

// The products with one matrix: `sums[t]` holds four outputs of one of four tokens.
void multiply(uint format, uint index, uint firstOutput, uint firstToken, out vec4 sums[4]) {
  uint outputs = gl_LocalInvocationID.x % 16, four = gl_LocalInvocationID.x / 16;
  for (uint t = 0; t < 4; t++) sums[t] = vec4(0);
  for (uint unit = 0; unit < unitCount(width); unit += UNITS) {
    loadTiles(format, index, firstOutput, firstToken, unit);
    barrier();
    for (uint k = 0; k < UNITS * UNIT; k++) {
      vec4 weights = weightTile[k][outputs], x = inputTile[k][four];
      for (uint t = 0; t < 4; t++) sums[t] += x[t] * weights;
    }
    barrier();
  }
}

void main() {
  uint tile = gl_WorkGroupID.x, firstToken = gl_WorkGroupID.y * TILE;
  uint index = ACTIVATION == NONE ? projectionOf(tile, TILE) : 0;
  vec4 sums[4], gates[4];
  multiply(FORMAT, index, tile * TILE, firstToken, sums);
  if (ACTIVATION != NONE) multiply(GATE_FORMAT, 1, tile * TILE, firstToken, gates);

  for (uint i = 0; i < 16; i++) {
    uint token = firstToken + gl_LocalInvocationID.x / 16 * 4 + i / 4;
    uint row = tile * TILE + gl_LocalInvocationID.x % 16 * 4 + i % 4;
    if (token >= tokens || row >= projections[index].count) continue;
    float value = finished(index, row, sums[i / 4][i % 4]);
    if (ACTIVATION != NONE) value *= activated(ACTIVATION, finished(1, row, gates[i / 4][i % 4]));
    storeOutput(index, token, row, value);
  }
}
