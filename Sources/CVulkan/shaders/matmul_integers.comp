// Linear layers of many tokens by dot products of bytes, for devices without cooperative matrices:
// quantized weights with inputs that were rounded to 8 bits. A workgroup computes a tile of 64
// outputs × 64 tokens, 128 numbers of every row at a time through shared memory; an invocation has
// 4 × 4 of the sums.
#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_spirv_intrinsics : require
#include "linear.glsl"
#include "prepared.glsl"

// OpSDotKHR with PackedVectorFormat4x8Bit (0); capabilities DotProductKHR and
// DotProductInput4x8BitPackedKHR. The compiler does not know its name.
spirv_instruction(
    extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6019, 6018], id = 4450)
int dotOfBytes(uint a, uint b, spirv_literal int format);

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint FORMAT = Q8_0;
layout(constant_id = 1) const uint ACTIVATION = NONE;
layout(constant_id = 2) const uint GATE_FORMAT = Q8_0;

const uint TILE = 64, STEP = 128;
// Groups of 16 numbers, in each of which all have one scale, and of a row of a tile, padded against
// conflicts of banks.
const uint GROUPS = STEP / 16, PITCH = GROUPS + 1;

shared uvec4 weightTile[TILE * PITCH];
shared uvec4 inputTile[TILE * PITCH];
// Of each group: of weights the scale and the minimum, of inputs the scale and the sum.
shared vec2 weightFactors[TILE * PITCH];
shared vec2 inputFactors[TILE * PITCH];

int dotOfGroups(uvec4 a, uvec4 b) {
  return dotOfBytes(a.x, b.x, 0) + dotOfBytes(a.y, b.y, 0)
      + (dotOfBytes(a.z, b.z, 0) + dotOfBytes(a.w, b.w, 0));
}

// A unit's runs go where they lie in the row. Units behind the end have a scale of zero.
void loadWeights(uint format, uint index, uint firstOutput, uint firstUnit) {
  for (uint i = gl_LocalInvocationID.x; i < TILE * GROUPS; i += gl_WorkGroupSize.x) {
    uint row = i / GROUPS, unit = firstUnit + i % GROUPS, output_ = firstOutput + row;
    Unit loaded = Unit(uvec4(0), vec4(0), vec4(0));
    if (unit < unitCount(width) && output_ < projections[index].count)
      loaded = quantizedUnit(
          format, element(projections[index].weights, output_, rowBytes(format, width)), unit);
    for (uint run = 0; run < 4; run++) {
      uint position = runStart(format, unit, run) % STEP;
      uint group = row * PITCH + position / 16;
      weightTile[group][position / 4 % 4] = loaded.bytes[run];
      if (position % 16 == 0)
        weightFactors[group] = vec2(loaded.scales[run], loaded.minimums[run]);
    }
  }
}

void loadInputs(uint firstToken, uint firstUnit) {
  for (uint i = gl_LocalInvocationID.x; i < TILE * GROUPS; i += gl_WorkGroupSize.x) {
    uint row = i / GROUPS, unit = firstUnit + i % GROUPS;
    uint token = min(firstToken + row, tokens - 1);
    uvec4 bytes = load128(element(bytesOf(inputs, width, token), unit, UNIT));
    float scale = loadFloat(element(scalesOf(inputs, width, tokens, token), unit / 2, 4));
    uint group = row * PITCH + i % GROUPS;
    inputTile[group] = bytes;
    inputFactors[group] = vec2(scale, scale * float(dotOfGroups(bytes, uvec4(0x01010101u))));
  }
}

// Rows and tokens of an invocation are 16 apart. `sums[t][r]` is of its token `t` and row `r`.
void multiply(uint format, uint index, uint firstOutput, uint firstToken, out vec4 sums[4]) {
  uint firstRow = gl_LocalInvocationID.x % 16, firstColumn = gl_LocalInvocationID.x / 16;
  for (uint t = 0; t < 4; t++) sums[t] = vec4(0);
  for (uint unit = 0; unit < unitCount(width); unit += GROUPS) {
    loadWeights(format, index, firstOutput, unit);
    loadInputs(firstToken, unit);
    barrier();
    for (uint group = 0; group < GROUPS; group++) {
      uvec4 weights[4];
      vec4 scales, minimums;
      [[unroll]] for (uint r = 0; r < 4; r++) {
        uint place = (firstRow + 16 * r) * PITCH + group;
        weights[r] = weightTile[place];
        scales[r] = weightFactors[place].x;
        minimums[r] = weightFactors[place].y;
      }
      [[unroll]] for (uint t = 0; t < 4; t++) {
        uint place = (firstColumn + 16 * t) * PITCH + group;
        uvec4 x = inputTile[place];
        vec2 factors = inputFactors[place];
        vec4 dots = vec4(
            dotOfGroups(weights[0], x), dotOfGroups(weights[1], x), dotOfGroups(weights[2], x),
            dotOfGroups(weights[3], x));
        sums[t] += factors.x * scales * dots;
        if (hasMinimums(format)) sums[t] -= factors.y * minimums;
      }
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
    uint token = firstToken + gl_LocalInvocationID.x / 16 + 16 * (i / 4);
    uint row = tile * TILE + gl_LocalInvocationID.x % 16 + 16 * (i % 4);
    if (token >= tokens || row >= projections[index].count) continue;
    float value = finished(index, row, sums[i / 4][i % 4]);
    if (ACTIVATION != NONE) value *= activated(ACTIVATION, finished(1, row, gates[i / 4][i % 4]));
    storeOutput(index, token, row, value);
  }
}
