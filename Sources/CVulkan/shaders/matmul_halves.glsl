// Linear layers of many tokens in f16. A workgroup has a tile of ROWS rows of weights × TOKENS
// tokens: two units of every row at a time go through shared memory, while the loads of the next two
// are under way. Its teams have a part of the tile each. With an activation, half of the rows of
// every team are those of `up`, half those of `gate`.
//
// A shader that includes this says how a team multiplies: `clearSums`, `multiplyTiles` and
// `storeSums`.
#ifndef MATMUL_HALVES_GLSL
#define MATMUL_HALVES_GLSL

#extension GL_EXT_control_flow_attributes : require
#include "halves.glsl"
#include "linear.glsl"
#include "prepared.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FORMAT = F32;
layout(constant_id = 2) const uint ACTIVATION = NONE;
layout(constant_id = 3) const uint ROWS = 128;
layout(constant_id = 4) const uint TOKENS = 128;
layout(constant_id = 5) const uint TEAM_ROWS = 64;
layout(constant_id = 6) const uint TEAM_TOKENS = 64;

const uint UNITS = 2;
// Fours of a row of a tile, padded against conflicts of banks.
const uint PITCH = UNITS * UNIT / 4 + 2;
const uint TEAMS = ROWS / TEAM_ROWS * (TOKENS / TEAM_TOKENS);
const uint LANES = gl_WorkGroupSize.x / TEAMS;
// Rows of a team, of the tile and of the launch's workgroups that have an output of their own.
const uint GATED = ACTIVATION == NONE ? 1 : 2;
const uint TEAM_OUTPUTS = TEAM_ROWS / GATED;
const uint OUTPUTS = ROWS / GATED;

shared f16vec4 weightTile[ROWS * PITCH];
shared f16vec4 inputTile[TOKENS * PITCH];

void clearSums();
// Adds the products of what is in the tiles, from these rows of both on.
void multiplyTiles(uint firstRow, uint firstColumn);
// Passes each of the team's sums to `storeProduct`.
void storeSums(uint index, uint firstOutput, uint firstToken);

// The units that an invocation brings into the tiles, of weights and of inputs, as they were
// loaded.
const uint WEIGHT_UNITS = ROWS * UNITS / gl_WorkGroupSize.x;
const uint INPUT_UNITS = TOKENS * UNITS / gl_WorkGroupSize.x;
Packed nextWeights[WEIGHT_UNITS];
Packed nextInputs[INPUT_UNITS];

uvec2 roundedToHalves(vec4 numbers) {
  vec4 x = inRange(numbers);
  return uvec2(packHalf2x16(x.xy), packHalf2x16(x.zw));
}

// A unit of a row of any format. Rows of plain formats are whole units; f32 becomes f16 here.
Packed packedWeights(uint64_t row, uint unit) {
  if (FORMAT != F32) return packedUnit(FORMAT, row, unit);
  uint64_t numbers = element(row, unit, 64);
  return Packed(
      uvec4(roundedToHalves(loadFloats(numbers)), roundedToHalves(loadFloats(numbers + 16ul))),
      uvec4(
          roundedToHalves(loadFloats(numbers + 32ul)), roundedToHalves(loadFloats(numbers + 48ul))));
}

void unpackWeights(Packed packed, uint unit, out f16vec4 runs[4]) {
  if (isQuantized(FORMAT)) {
    vec4 numbers[4];
    dequantize(unpackedUnit(FORMAT, packed, unit), numbers);
    [[unroll]] for (uint run = 0; run < 4; run++) runs[run] = f16vec4(inRange(numbers[run]));
  } else if (FORMAT == BF16) {
    vec4 numbers[4];
    unpackedNumbers(FORMAT, packed, numbers);
    [[unroll]] for (uint run = 0; run < 4; run++) runs[run] = f16vec4(inRange(numbers[run]));
  } else {
    runs[0] = halves(packed.words.xy);
    runs[1] = halves(packed.words.zw);
    runs[2] = halves(packed.more.xy);
    runs[3] = halves(packed.more.zw);
  }
}

// The numbers that a unit of weights is multiplied by.
Packed packedInputs(uint64_t row, uint unit) {
  uint64_t first = element(row, runStart(FORMAT, unit, 0), 2);
  uint64_t third = element(row, runStart(FORMAT, unit, 2), 2);
  if (runsArePaired(FORMAT)) return Packed(load128(first), load128(third));
  uint64_t second = element(row, runStart(FORMAT, unit, 1), 2);
  uint64_t fourth = element(row, runStart(FORMAT, unit, 3), 2);
  return Packed(
      uvec4(load64(first), load64(second)), uvec4(load64(third), load64(fourth)));
}

// The row of weights, and of which projection, that lies in a row of the tile. Those behind the
// last are the last again: their sums are not stored.
uint64_t weightRow(uint index, uint firstOutput, uint row) {
  uint output_ = firstOutput + row;
  if (ACTIVATION != NONE) {
    uint own = row % TEAM_ROWS;
    index = own / TEAM_OUTPUTS;
    output_ = firstOutput + row / TEAM_ROWS * TEAM_OUTPUTS + own % TEAM_OUTPUTS;
  }
  return element(
      projections[index].weights, min(output_, projections[index].count - 1),
      rowBytes(FORMAT, width));
}

// Nothing waits for these loads before `storeNext`. Of a width that is no whole number of steps,
// the inputs behind the end are zeros, so it matters not which weights there are.
void loadNext(uint index, uint firstOutput, uint firstToken, uint firstUnit) {
  [[unroll]] for (uint i = 0; i < WEIGHT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    nextWeights[i] = packedWeights(
        weightRow(index, firstOutput, own / UNITS),
        min(firstUnit + own % UNITS, unitCount(width) - 1));
  }
  [[unroll]] for (uint i = 0; i < INPUT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    uint token = min(firstToken + own / UNITS, tokens - 1);
    nextInputs[i] = packedInputs(halvesOf(inputs, width, token), firstUnit + own % UNITS);
  }
}

void storeNext(uint firstUnit) {
  [[unroll]] for (uint i = 0; i < WEIGHT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    f16vec4 runs[4];
    unpackWeights(nextWeights[i], min(firstUnit + own % UNITS, unitCount(width) - 1), runs);
    [[unroll]] for (uint run = 0; run < 4; run++)
      weightTile[own / UNITS * PITCH + own % UNITS * 4 + run] = runs[run];
  }
  [[unroll]] for (uint i = 0; i < INPUT_UNITS; i++) {
    uint own = gl_LocalInvocationID.x + i * gl_WorkGroupSize.x;
    uint first = own / UNITS * PITCH + own % UNITS * 4;
    inputTile[first] = halves(nextInputs[i].words.xy);
    inputTile[first + 1] = halves(nextInputs[i].words.zw);
    inputTile[first + 2] = halves(nextInputs[i].more.xy);
    inputTile[first + 3] = halves(nextInputs[i].more.zw);
  }
}

// Finishes a sum, and that of its gate.
void storeProduct(uint index, uint row, uint token, float sum, float gate) {
  if (row >= projections[index].count || token >= tokens) return;
  float factor = loadFloat(factorOf(inputs, width, tokens, token));
  float value = finished(index, row, factor * sum);
  if (ACTIVATION != NONE) value *= activated(ACTIVATION, finished(1, row, factor * gate));
  storeOutput(index, token, row, value);
}

void multiply(uint team) {
  uint tile = gl_WorkGroupID.x, firstToken = gl_WorkGroupID.y * TOKENS;
  uint index = ACTIVATION == NONE ? projectionOf(tile, OUTPUTS) : 0;
  uint firstOutput = tile * OUTPUTS;
  uint teamRow = team % (ROWS / TEAM_ROWS), teamColumn = team / (ROWS / TEAM_ROWS);
  uint end = (unitCount(width) + UNITS - 1) / UNITS * UNITS;
  clearSums();
  loadNext(index, firstOutput, firstToken, 0);
  for (uint unit = 0; unit < end; unit += UNITS) {
    barrier();
    storeNext(unit);
    barrier();
    // After the last step the last is loaded again, so that nothing branches here.
    loadNext(index, firstOutput, firstToken, min(unit + UNITS, end - UNITS));
    multiplyTiles(teamRow * TEAM_ROWS, teamColumn * TEAM_TOKENS);
  }
  storeSums(
      index, firstOutput + teamRow * TEAM_OUTPUTS, firstToken + teamColumn * TEAM_TOKENS);
}

#endif
