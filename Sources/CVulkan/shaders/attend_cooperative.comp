// `attend.comp` for many query vectors, through cooperative matrices, f16 × f16 → f32. A workgroup's
// teams, a subgroup each, have query vectors of their own and share the keys and values of a block.
// A team's scores go through its part of shared memory, where an invocation for each vector makes
// weights of them; its sums stay in matrices.
#version 460
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_basic : require
#include "attention.glsl"
#include "halves.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = F16;
layout(constant_id = 2) const uint KEY_WIDTH = 128;
layout(constant_id = 3) const uint VALUE_WIDTH = 128;
// Query vectors of a team: not more than it has invocations.
layout(constant_id = 4) const uint TEAM_QUERIES = 32;
layout(constant_id = 5) const uint TEAMS = 2;
// Shape of the device's matrices: query vectors, tokens or values, and what is summed over.
layout(constant_id = 6) const uint M = 16;
layout(constant_id = 7) const uint N = 16;
layout(constant_id = 8) const uint K = 16;

const uint QUERIES = TEAMS * TEAM_QUERIES;
// Widths in whole matrices; what is behind the end is zeros.
const uint KEYS = (KEY_WIDTH + K - 1) / K * K;
const uint VALUES = (VALUE_WIDTH + N - 1) / N * N;
// Fours of a row of a tile, padded against conflicts of banks.
const uint KEY_PITCH = KEYS / 4 + 2;
const uint VALUE_PITCH = VALUES / 4 + 2;
const uint WEIGHT_PITCH = BLOCK_TOKENS / 4 + 2;
const uint SCORE_PITCH = BLOCK_TOKENS / 4 + 1;
// Of a block: eights of keys, fours of values. An invocation loads some of them at a time, which is
// all of its own where heads are of a usual width; in small workgroups, with many of their own, it
// would be code without end.
const uint KEY_EIGHTS = BLOCK_TOKENS * KEYS / 8, VALUE_FOURS = BLOCK_TOKENS * VALUES / 4;
const uint OWN_KEYS = (KEY_EIGHTS + gl_WorkGroupSize.x - 1) / gl_WorkGroupSize.x;
const uint OWN_VALUES = (VALUE_FOURS + gl_WorkGroupSize.x - 1) / gl_WorkGroupSize.x;
const uint MOST_KEYS = gl_WorkGroupSize.x / 8, MOST_VALUES = gl_WorkGroupSize.x / 4;
const uint KEY_LOADS = OWN_KEYS < MOST_KEYS ? OWN_KEYS : MOST_KEYS;
const uint VALUE_LOADS = OWN_VALUES < MOST_VALUES ? OWN_VALUES : MOST_VALUES;
const uint KEY_TURNS = (OWN_KEYS + KEY_LOADS - 1) / KEY_LOADS;
const uint VALUE_TURNS = (OWN_VALUES + VALUE_LOADS - 1) / VALUE_LOADS;
const uint TURNS = KEY_TURNS > VALUE_TURNS ? KEY_TURNS : VALUE_TURNS;
// Not 0 where some lie behind the width, or some invocations have fewer.
const uint KEYS_APART = KEYS - KEY_WIDTH + TURNS * KEY_LOADS * gl_WorkGroupSize.x - KEY_EIGHTS;
const uint VALUES_APART =
    VALUES - VALUE_WIDTH + TURNS * VALUE_LOADS * gl_WorkGroupSize.x - VALUE_FOURS;
// Matrices of a team.
const uint QUERY_MATRICES = TEAM_QUERIES / M;
const uint TOKEN_MATRICES = BLOCK_TOKENS / N;
const uint VALUE_MATRICES = VALUES / N;

#define Left coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define Right coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define Sums coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>

// Scores are in units of ln 2, as `exp2` takes them. Its error, at most 3 + 2|x| units in the last
// place of f32 by Vulkan's rules, is small beside the rounding of weights to f16. The largest
// weight is 2^15, so that those 2^29 times smaller have all of their digits.
const float LOG2_E = 1.44269504, LN_2 = 0.693147181, LARGEST_WEIGHT = 15.0;

shared f16vec4 queryTile[QUERIES * KEY_PITCH];
shared f16vec4 keyTile[BLOCK_TOKENS * KEY_PITCH];
shared f16vec4 valueTile[BLOCK_TOKENS * VALUE_PITCH];
shared f16vec4 weightTile[QUERIES * WEIGHT_PITCH];
// Scores; then factors of the sums' rows; at last the sums on their way out.
shared vec4 scoreTile[QUERIES * SCORE_PITCH];

Sums sums[QUERY_MATRICES][VALUE_MATRICES];
// Of this invocation's query vector: what it sees, and the softmax so far.
uvec2 seen;
float largest = NO_SCORE;
float total = 0.0;

void loadQueries(Item item) {
  for (uint i = gl_LocalInvocationID.x; i < QUERIES * KEYS / 4; i += gl_WorkGroupSize.x) {
    uint query = i / (KEYS / 4), four = i % (KEYS / 4), vector = item.firstVector + query;
    vec4 numbers = vector < item.count
        ? plainRun(
            F32, element(queries, placeOf(item, vector), 4 * KEY_WIDTH), 4 * four, KEY_WIDTH)
        : vec4(0);
    queryTile[query * KEY_PITCH + four] = f16vec4(inRange(numbers));
  }
}

// Eights of a token's key, fours of its value, from `first` on; zeros behind the end.
f16vec4[2] key(uint64_t part, uint token, uint first) {
  if (KEYS_APART != 0 && first >= KEY_WIDTH) return f16vec4[2](f16vec4(0), f16vec4(0));
  if (TYPE == F16 && KEY_WIDTH % 8 == 0) {
    uvec4 words = load128(element(part, keyIndex(KEY_WIDTH, token, first), 2));
    return f16vec4[2](halves(words.xy), halves(words.zw));
  }
  vec4 numbers[2];
  loadKey(TYPE, part, KEY_WIDTH, token, first, numbers);
  return f16vec4[2](f16vec4(inRange(numbers[0])), f16vec4(inRange(numbers[1])));
}

f16vec4 value(uint64_t part, uint token, uint first) {
  if (VALUES_APART != 0 && first >= VALUE_WIDTH) return f16vec4(0);
  if (TYPE == F16 && VALUE_WIDTH % 4 == 0)
    return halves(load64(element(part, valueIndex(VALUE_WIDTH, token, first), 2)));
  return f16vec4(inRange(loadValue(TYPE, part, VALUE_WIDTH, token, first)));
}

// Brings a block into the tiles: a turn's loads are all under way before the first is waited for, and
// those of the first before other subgroups are done with the block before.
//
// Tokens behind `lastToken` were never written, and may be no numbers, which no weight makes zeros:
// that one stands for them.
void loadBlock(uint64_t keyPart, uint64_t valuePart, uint lastToken) {
  for (uint turn = 0; turn < TURNS; turn++) {
    uint firstKey = turn * KEY_LOADS * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    uint firstValue = turn * VALUE_LOADS * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    f16vec4 keys[KEY_LOADS][2], values[VALUE_LOADS];
    [[unroll]] for (uint k = 0; k < KEY_LOADS; k++) {
      uint i = firstKey + k * gl_WorkGroupSize.x;
      keys[k] = key(keyPart, i % BLOCK_TOKENS, i / BLOCK_TOKENS * 8);
    }
    [[unroll]] for (uint v = 0; v < VALUE_LOADS; v++) {
      uint i = firstValue + v * gl_WorkGroupSize.x;
      values[v] = value(valuePart, min(i / (VALUES / 4), lastToken), i % (VALUES / 4) * 4);
    }
    if (turn == 0) barrier();
    [[unroll]] for (uint k = 0; k < KEY_LOADS; k++) {
      uint i = firstKey + k * gl_WorkGroupSize.x;
      if (KEYS_APART != 0 && i >= KEY_EIGHTS) break;
      uint place = i % BLOCK_TOKENS * KEY_PITCH + i / BLOCK_TOKENS * 2;
      keyTile[place] = keys[k][0];
      keyTile[place + 1] = keys[k][1];
    }
    [[unroll]] for (uint v = 0; v < VALUE_LOADS; v++) {
      uint i = firstValue + v * gl_WorkGroupSize.x;
      if (VALUES_APART != 0 && i >= VALUE_FOURS) break;
      valueTile[i / (VALUES / 4) * VALUE_PITCH + i % (VALUES / 4)] = values[v];
    }
  }
  barrier();
}

// Queries times keys.
void score(uint firstQuery) {
  Sums scores[QUERY_MATRICES][TOKEN_MATRICES];
  [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
    [[unroll]] for (uint t = 0; t < TOKEN_MATRICES; t++) scores[q][t] = Sums(0.0);
  [[unroll]] for (uint k = 0; k < KEYS; k += K) {
    Left query[QUERY_MATRICES];
    [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
      coopMatLoad(
          query[q], queryTile, (firstQuery + q * M) * KEY_PITCH + k / 4, KEY_PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint t = 0; t < TOKEN_MATRICES; t++) {
      Right key;
      coopMatLoad(
          key, keyTile, t * N * KEY_PITCH + k / 4, KEY_PITCH,
          gl_CooperativeMatrixLayoutColumnMajor);
      [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
        scores[q][t] = coopMatMulAdd(query[q], key, scores[q][t]);
    }
  }
  [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
    [[unroll]] for (uint t = 0; t < TOKEN_MATRICES; t++)
      coopMatStore(
          scores[q][t], scoreTile, (firstQuery + q * M) * SCORE_PITCH + t * N / 4, SCORE_PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
}

// Puts a factor where `scaleSums` finds it.
void storeFactor(uint query, float factor) {
  [[unroll]] for (uint i = 0; i < N / 4; i++)
    scoreTile[query * SCORE_PITCH + i] = vec4(factor);
}

// Makes weights of the scores of this invocation's query vector.
//
// Returns what its sums so far are to be multiplied by.
float weigh(uint query, uint start) {
  vec4 scores[BLOCK_TOKENS / 4];
  float before = largest;
  [[unroll]] for (uint i = 0; i < BLOCK_TOKENS / 4; i++) {
    vec4 x = scale * scoreTile[query * SCORE_PITCH + i];
    [[unroll]] for (uint j = 0; j < 4; j++) {
      if (softCap != 0.0) x[j] = softCapped(x[j], softCap);
      uint position = start + 4 * i + j;
      bool isSeen = seen.x <= position && position <= seen.y;
      scores[i][j] = isSeen ? LOG2_E * x[j] : NO_SCORE;
      largest = max(largest, scores[i][j]);
    }
  }
  // A vector that has seen nothing yet has weights of 0.
  float zero = largest == NO_SCORE ? 0.0 : largest - LARGEST_WEIGHT;
  float rescale = exp2(before - largest);
  total *= rescale;
  [[unroll]] for (uint i = 0; i < BLOCK_TOKENS / 4; i++) {
    f16vec4 weights = f16vec4(exp2(scores[i] - zero));
    // What is rounded is added up, so that the weights' sum is 1.
    total += dot(vec4(weights), vec4(1));
    weightTile[query * WEIGHT_PITCH + i] = weights;
  }
  return rescale;
}

// Multiplies each row of the team's sums by its own factor.
void scaleSums(uint firstQuery) {
  [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++) {
    Sums factors;
    coopMatLoad(
        factors, scoreTile, (firstQuery + q * M) * SCORE_PITCH, SCORE_PITCH,
        gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint v = 0; v < VALUE_MATRICES; v++) sums[q][v] = sums[q][v] * factors;
  }
}

// Weights times values.
void addValues(uint firstQuery) {
  [[unroll]] for (uint k = 0; k < BLOCK_TOKENS; k += K) {
    Left weights[QUERY_MATRICES];
    [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
      coopMatLoad(
          weights[q], weightTile, (firstQuery + q * M) * WEIGHT_PITCH + k / 4, WEIGHT_PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint v = 0; v < VALUE_MATRICES; v++) {
      Right value;
      coopMatLoad(
          value, valueTile, k * VALUE_PITCH + v * N / 4, VALUE_PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
      [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
        sums[q][v] = coopMatMulAdd(weights[q], value, sums[q][v]);
    }
  }
}

void storeSums(Item item, uint firstQuery) {
  [[unroll]] for (uint v = 0; v < VALUE_MATRICES; v++) {
    subgroupBarrier();
    [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
      coopMatStore(
          sums[q][v], scoreTile, (firstQuery + q * M) * SCORE_PITCH, SCORE_PITCH,
          gl_CooperativeMatrixLayoutRowMajor);
    subgroupBarrier();
    for (uint i = gl_SubgroupInvocationID; i < TEAM_QUERIES * N; i += gl_SubgroupSize) {
      uint query = firstQuery + i / N, column = i % N, vector = item.firstVector + query;
      if (vector < item.count && v * N + column < VALUE_WIDTH)
        storeFloat(
            element(targetOf(item, vector, VALUE_WIDTH), v * N + column, 4),
            scoreTile[query * SCORE_PITCH + column / 4][column % 4]);
    }
  }
}

void main() {
  Item item = itemOf(gl_WorkGroupID.x, gl_WorkGroupID.y);
  uint firstQuery = gl_SubgroupID * TEAM_QUERIES, query = firstQuery + gl_SubgroupInvocationID;
  uint vector = item.firstVector + query;
  bool hasQuery = gl_SubgroupInvocationID < TEAM_QUERIES;
  seen = seenBy(item, vector);
  loadQueries(item);
  [[unroll]] for (uint q = 0; q < QUERY_MATRICES; q++)
    [[unroll]] for (uint v = 0; v < VALUE_MATRICES; v++) sums[q][v] = Sums(0.0);

  for (uint block = item.firstBlock; block < item.endBlock; block++) {
    uint start = block * BLOCK_TOKENS;
    loadBlock(
        keysOf(item, block, TYPE, KEY_WIDTH),
        valuesOf(item, block, TYPE, KEY_WIDTH, VALUE_WIDTH),
        min(item.lastToken - start, BLOCK_TOKENS - 1));
    score(firstQuery);
    subgroupBarrier();
    float rescale = 1.0;
    if (hasQuery) {
      rescale = weigh(query, start);
      storeFactor(query, rescale);
    }
    subgroupBarrier();
    if (subgroupMin(rescale) < 1.0) scaleSums(firstQuery);
    addValues(firstQuery);
  }

  if (item.splits == 1) {
    subgroupBarrier();
    if (hasQuery) storeFactor(query, 1.0 / total);
    subgroupBarrier();
    scaleSums(firstQuery);
  } else if (hasQuery && vector < item.count) {
    storePartial(targetOf(item, vector, VALUE_WIDTH), VALUE_WIDTH, LN_2 * largest, total);
  }
  storeSums(item, firstQuery);
}
