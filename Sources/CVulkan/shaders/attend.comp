// Causal attention over the cache with a streaming softmax (Milakov & Gimelshein 2018,
// arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135): scores are never stored. A workgroup takes
// a tile of query vectors that read one head of the cache, and a part of the tokens they see,
// block by block: first an invocation for each token and SHARE queries, then one for every fourth
// value.
#version 460
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"
#include "reduction.glsl"

const uint LANES = 32, TEAMS = 4;

layout(local_size_x = 128) in;
layout(constant_id = 0) const uint TYPE = F16;
layout(constant_id = 1) const uint KEY_WIDTH = 128;
layout(constant_id = 2) const uint VALUE_WIDTH = 128;
// Query vectors of each of the four teams.
layout(constant_id = 3) const uint SHARE = 1;

const uint QUERIES = TEAMS * SHARE;
const uint KEY_CHUNKS = (KEY_WIDTH + 7) / 8;
// Fours of values of each lane.
const uint VALUE_FOURS = (VALUE_WIDTH + 4 * LANES - 1) / (4 * LANES);
// Chunks of a key, and tokens' values, that are loaded before the first is waited for.
const uint KEY_LOADS = 8, VALUE_LOADS = 16;

shared vec4 queryTile[QUERIES][2 * KEY_CHUNKS];
shared float weightTile[QUERIES][LANES];

// The sums of this lane, for each query of its team.
float largest[SHARE];
float total[SHARE];
vec4 sums[SHARE][VALUE_FOURS];
// First and last position that each sees.
uvec2 seen[SHARE];

void loadQueries(Item item) {
  for (uint i = gl_LocalInvocationID.x; i < QUERIES * 2 * KEY_CHUNKS; i += gl_WorkGroupSize.x) {
    uint query = i / (2 * KEY_CHUNKS), four = i % (2 * KEY_CHUNKS);
    uint vector = item.firstVector + query;
    queryTile[query][four] = vector < item.count
        ? plainRun(
            F32, element(queries, placeOf(item, vector), 4 * KEY_WIDTH), 4 * four, KEY_WIDTH)
        : vec4(0);
  }
}

// The scores of the lane's token with its team's queries.
void score(uint64_t part, uint token, uint team, out float scores[SHARE]) {
  for (uint j = 0; j < SHARE; j++) scores[j] = 0.0;
  for (uint first = 0; first < KEY_CHUNKS; first += KEY_LOADS) {
    vec4 key[KEY_LOADS][2];
    [[unroll]] for (uint i = 0; i < KEY_LOADS; i++)
      loadKey(TYPE, part, KEY_WIDTH, token, 8 * min(first + i, KEY_CHUNKS - 1), key[i]);
    [[unroll]] for (uint i = 0; i < KEY_LOADS; i++) {
      uint chunk = first + i;
      if (chunk >= KEY_CHUNKS) break;
      for (uint j = 0; j < SHARE; j++) {
        uint query = team + TEAMS * j;
        scores[j] += dot(queryTile[query][2 * chunk], key[i][0])
            + dot(queryTile[query][2 * chunk + 1], key[i][1]);
      }
    }
  }
  for (uint j = 0; j < SHARE; j++) {
    scores[j] *= scale;
    if (softCap != 0.0) scores[j] = softCapped(scores[j], softCap);
  }
}

// Takes a block into the sums.
void takeBlock(Item item, uint block, uint team, uint lane) {
  uint start = block * BLOCK_TOKENS, position = start + lane;
  float scores[SHARE];
  score(keysOf(item, block, TYPE, KEY_WIDTH), lane, team, scores);
  for (uint j = 0; j < SHARE; j++) {
    bool isSeen = seen[j].x <= position && position <= seen[j].y;
    float before = largest[j];
    largest[j] = max(before, teamMax(isSeen ? scores[j] : NO_SCORE, LANES));
    float weight = isSeen ? exponential(scores[j] - largest[j]) : 0.0;
    float rescale = exponential(before - largest[j]);
    total[j] = total[j] * rescale + teamSum(weight, LANES);
    for (uint i = 0; i < VALUE_FOURS; i++) sums[j][i] *= rescale;
    weightTile[team + TEAMS * j][lane] = weight;
  }
  barrier();
  uint64_t part = valuesOf(item, block, TYPE, KEY_WIDTH, VALUE_WIDTH);
  // What lies behind the last token was never written, and may be no number.
  uint first = max(item.firstToken, start) - start;
  uint last = min(item.lastToken - start, BLOCK_TOKENS - 1);
  for (uint token = first / VALUE_LOADS * VALUE_LOADS; token <= last; token += VALUE_LOADS)
    [[unroll]] for (uint i = 0; i < VALUE_FOURS; i++) {
      uint column = 4 * (lane + LANES * i);
      if (column >= VALUE_WIDTH) continue;
      vec4 values[VALUE_LOADS];
      // Those that are not seen have a weight of 0.
      [[unroll]] for (uint t = 0; t < VALUE_LOADS; t++)
        values[t] = loadValue(TYPE, part, VALUE_WIDTH, clamp(token + t, first, last), column);
      [[unroll]] for (uint t = 0; t < VALUE_LOADS; t++)
        for (uint j = 0; j < SHARE; j++)
          sums[j][i] += weightTile[team + TEAMS * j][token + t] * values[t];
    }
  barrier();
}

void storeResult(uint j, uint lane, uint64_t target, float factor) {
  for (uint i = 0; i < VALUE_FOURS; i++)
    for (uint k = 0; k < 4; k++) {
      uint column = 4 * (lane + LANES * i) + k;
      if (column < VALUE_WIDTH) storeFloat(element(target, column, 4), factor * sums[j][i][k]);
    }
}

void main() {
  Item item = itemOf(gl_WorkGroupID.x, gl_WorkGroupID.y);
  uint lane = laneOf(LANES), team = teamOf(LANES);
  loadQueries(item);
  for (uint j = 0; j < SHARE; j++) {
    seen[j] = seenBy(item, item.firstVector + team + TEAMS * j);
    largest[j] = NO_SCORE;
    total[j] = 0.0;
    for (uint i = 0; i < VALUE_FOURS; i++) sums[j][i] = vec4(0);
  }
  barrier();
  for (uint block = item.firstBlock; block < item.endBlock; block++)
    takeBlock(item, block, team, lane);
  for (uint j = 0; j < SHARE; j++) {
    uint vector = item.firstVector + team + TEAMS * j;
    if (vector >= item.count) continue;
    uint64_t target = targetOf(item, vector, VALUE_WIDTH);
    storeResult(j, lane, target, item.splits == 1 ? 1.0 / total[j] : 1.0);
    if (item.splits > 1 && lane == 0) storePartial(target, VALUE_WIDTH, largest[j], total[j]);
  }
}
