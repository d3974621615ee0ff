// Linear layers of 1 to COLUMNS tokens: every weight is loaded once. A workgroup takes ROWS rows;
// its invocations take the units of all of them in turn, so that neighbours load what lies side by
// side, and an input that is loaded serves ROWS rows.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "linear.glsl"

#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FORMAT = F32;
layout(constant_id = 2) const uint ACTIVATION = NONE;
layout(constant_id = 3) const uint GATE_FORMAT = F32;
layout(constant_id = 4) const uint COLUMNS = 1;
layout(constant_id = 5) const uint ROWS = 4;
// Whether the inputs are those of a root-mean-square norm, which is computed on the way: its factor
// is one for a token's whole row, so that it can follow the sum.
layout(constant_id = 6) const bool NORMALIZES = false;
// Whether rows are whole units, as those of quantized formats are: then nothing guards loads, and
// all of a unit's are under way before the first is waited for.
layout(constant_id = 7) const bool WHOLE = true;

// Sums of the projection and, with an activation, of its gate: by row, then by token.
const uint SUMS = ROWS * COLUMNS;
const uint SETS = ACTIVATION == NONE ? 1 : 2;
float sums[SETS][SUMS];
// Of the tokens' inputs.
float squares[COLUMNS];

// Those of each subgroup, which has at least four invocations.
shared float subgroupSums[SETS][SUMS][gl_WorkGroupSize.x / 4];
shared float subgroupSquares[COLUMNS][gl_WorkGroupSize.x / 4];

// A unit of a row as the sums take it: a product is `scales · (runs · input) - minimums · Σ input`.
struct Factors {
  vec4 runs[4];
  vec4 scales;
  vec4 minimums;
};

Factors unpackedFactors(uint format, Packed packed, uint unit) {
  Factors factors;
  if (isQuantized(format)) {
    Unit quantized = unpackedUnit(format, packed, unit);
    for (uint run = 0; run < 4; run++) factors.runs[run] = signedBytes(quantized.bytes[run]);
    factors.scales = quantized.scales;
    factors.minimums = quantized.minimums;
  } else {
    unpackedNumbers(format, packed, factors.runs);
  }
  return factors;
}

// Four numbers of a row in a plain format.
vec4 run(uint format, uint64_t row, uint first) {
  return WHOLE && format == F32 ? loadFloats(element(row, first, 4))
                                : plainRun(format, row, first, width);
}

float product(uint format, Factors factors, vec4 x[4], vec4 totals) {
  vec4 dots = vec4(
      dot(factors.runs[0], x[0]), dot(factors.runs[1], x[1]), dot(factors.runs[2], x[2]),
      dot(factors.runs[3], x[3]));
  if (!isQuantized(format)) return dots.x + dots.y + (dots.z + dots.w);
  float sum = dot(dots, factors.scales);
  return hasMinimums(format) ? sum - dot(totals, factors.minimums) : sum;
}

// Adds the products of one unit of rows `first ..< first + ROWS` to `sums[set]`. A row behind the
// last is the last again.
void addUnit(uint format, uint index, uint first, uint unit, uint set) {
  uint bytes = rowBytes(format, width), last = projections[index].count - 1;
  uint64_t rows[ROWS];
  for (uint r = 0; r < ROWS; r++)
    rows[r] = element(projections[index].weights, min(first + r, last), bytes);
  Factors factors[ROWS];
  if (WHOLE && format != F32) {
    Packed packed[ROWS];
    for (uint r = 0; r < ROWS; r++) packed[r] = packedUnit(format, rows[r], unit);
    for (uint r = 0; r < ROWS; r++) factors[r] = unpackedFactors(format, packed[r], unit);
  } else {
    for (uint r = 0; r < ROWS; r++)
      for (uint i = 0; i < 4; i++) factors[r].runs[i] = run(format, rows[r], UNIT * unit + 4 * i);
  }
  for (uint c = 0; c < COLUMNS; c++) {
    uint64_t row = element(inputs, min(c, tokens - 1), 4 * width);
    vec4 x[4];
    for (uint i = 0; i < 4; i++) x[i] = run(F32, row, runStart(format, unit, i));
    if (NORMALIZES)
      for (uint i = 0; i < 4; i++) {
        if (set == 0) squares[c] += dot(x[i], x[i]);
        x[i] *= run(F32, normWeight, runStart(format, unit, i));
      }
    vec4 totals = vec4(0);
    if (hasMinimums(format))
      for (uint i = 0; i < 4; i++) totals[i] = dot(x[i], vec4(1));
    for (uint r = 0; r < ROWS; r++)
      sums[set][r * COLUMNS + c] += product(format, factors[r], x, totals);
  }
}

// Sums over the workgroup, in the order of its subgroups.
float groupSum(uint set, uint index) {
  float sum = 0.0;
  for (uint i = 0; i < gl_NumSubgroups; i++) sum += subgroupSums[set][index][i];
  return sum;
}

// What the norm multiplies a token's sums by.
float normFactor(uint token) {
  if (!NORMALIZES) return 1.0;
  float sum = 0.0;
  for (uint i = 0; i < gl_NumSubgroups; i++) sum += subgroupSquares[token][i];
  return 1.0 / sqrt(sum / float(width) + epsilon);
}

void main() {
  // More tiles than a dimension may have are spread over two, and may not fill them.
  uint tile = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
  uint index = ACTIVATION == NONE ? projectionOf(tile, ROWS) : 0;
  uint first = tile * ROWS;
  if (first >= projections[index].count) return;

  for (uint set = 0; set < SETS; set++)
    for (uint i = 0; i < SUMS; i++) sums[set][i] = 0.0;
  for (uint c = 0; c < COLUMNS; c++) squares[c] = 0.0;
  for (uint unit = gl_LocalInvocationID.x; unit < unitCount(width); unit += gl_WorkGroupSize.x) {
    addUnit(FORMAT, index, first, unit, 0);
    if (ACTIVATION != NONE) addUnit(GATE_FORMAT, 1, first, unit, SETS - 1);
  }

  for (uint set = 0; set < SETS; set++)
    for (uint i = 0; i < SUMS; i++) {
      float sum = subgroupAdd(sums[set][i]);
      if (subgroupElect()) subgroupSums[set][i][gl_SubgroupID] = sum;
    }
  if (NORMALIZES)
    for (uint c = 0; c < COLUMNS; c++) {
      float sum = subgroupAdd(squares[c]);
      if (subgroupElect()) subgroupSquares[c][gl_SubgroupID] = sum;
    }
  barrier();
  for (uint i = gl_LocalInvocationID.x; i < SUMS; i += gl_WorkGroupSize.x) {
    uint row = first + i / COLUMNS, token = i % COLUMNS;
    if (row >= projections[index].count || token >= tokens) continue;
    float factor = normFactor(token);
    float value = finished(index, row, factor * groupSum(0, i));
    if (ACTIVATION != NONE)
      value *= activated(ACTIVATION, finished(1, row, factor * groupSum(SETS - 1, i)));
    storeOutput(index, token, row, value);
  }
}
