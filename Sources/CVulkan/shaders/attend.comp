// Causal attention over the cache with a streaming softmax (Milakov & Gimelshein 2018,
// arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135): scores are never stored. A workgroup takes
// a tile of query vectors that read one head of the cache, and a part of the tokens they see,
// block by block: first an invocation for each token and SHARE queries, then one for every fourth
// value.
#version 460
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

shared vec4 queryTile[QUERIES][2 * KEY_CHUNKS];
shared float weightTile[QUERIES][LANES];

// The sums of this lane, for each query of its team.
float largest[SHARE];
float total[SHARE];
vec4 sums[SHARE][VALUE_FOURS];
// First and last position that each sees; none where the last is before the first.
uint firstSeenOf[SHARE];
uint lastSeenOf[SHARE];

// Query vector `index` of a sequence for head `head` of the cache: its row and head.
uint rowOf(Sequence sequence, uint index) { return sequence.firstRow + index / group; }
uint headOf(uint head, uint index) { return head * group + index % group; }

void loadQueries(Sequence sequence, uint head, uint first) {
  uint count = sequence.rows * group;
  for (uint i = gl_LocalInvocationID.x; i < QUERIES * 2 * KEY_CHUNKS; i += gl_WorkGroupSize.x) {
    uint query = i / (2 * KEY_CHUNKS), four = i % (2 * KEY_CHUNKS), index = first + query;
    vec4 numbers = vec4(0);
    if (index < count) {
      uint vector = rowOf(sequence, index) * heads * group + headOf(head, index);
      numbers = plainRun(F32, element(queries, vector, 4 * KEY_WIDTH), 4 * four, KEY_WIDTH);
    }
    queryTile[query][four] = numbers;
  }
}

// The scores of the lane's token with its team's queries.
void score(uint64_t part, uint token, uint team, out float scores[SHARE]) {
  for (uint j = 0; j < SHARE; j++) scores[j] = 0.0;
  for (uint chunk = 0; chunk < KEY_CHUNKS; chunk++) {
    vec4 key[2];
    loadKey(TYPE, part, KEY_WIDTH, token, 8 * chunk, key);
    for (uint j = 0; j < SHARE; j++) {
      uint query = team + TEAMS * j;
      scores[j] += dot(queryTile[query][2 * chunk], key[0])
          + dot(queryTile[query][2 * chunk + 1], key[1]);
    }
  }
  for (uint j = 0; j < SHARE; j++) {
    scores[j] *= scale;
    if (softCap != 0.0) scores[j] = softCapped(scores[j], softCap);
  }
}

// Takes the tokens `first ... last` of a block into the sums.
void takeBlock(uint64_t block, uint head, uint start, uint first, uint last, uint team, uint lane) {
  uint position = start + lane;
  float scores[SHARE];
  score(element(block, head, partBytes(TYPE, KEY_WIDTH)), lane, team, scores);
  for (uint j = 0; j < SHARE; j++) {
    bool isSeen = firstSeenOf[j] <= position && position <= lastSeenOf[j];
    float before = largest[j];
    largest[j] = max(before, teamMax(isSeen ? scores[j] : NO_SCORE, LANES));
    float weight = isSeen ? exponential(scores[j] - largest[j]) : 0.0;
    float rescale = exponential(before - largest[j]);
    total[j] = total[j] * rescale + teamSum(weight, LANES);
    for (uint i = 0; i < VALUE_FOURS; i++) sums[j][i] *= rescale;
    weightTile[team + TEAMS * j][lane] = weight;
  }
  barrier();
  uint64_t part = element(
      element(block, heads, partBytes(TYPE, KEY_WIDTH)), head, partBytes(TYPE, VALUE_WIDTH));
  // What lies behind the last token was never written, and may be no number.
  for (uint token = max(first, start) - start; token <= min(last - start, LANES - 1); token++)
    for (uint i = 0; i < VALUE_FOURS; i++) {
      uint column = 4 * (lane + LANES * i);
      if (column >= VALUE_WIDTH) continue;
      vec4 value = loadValue(TYPE, part, VALUE_WIDTH, token, column);
      for (uint j = 0; j < SHARE; j++) sums[j][i] += weightTile[team + TEAMS * j][token] * value;
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
  uint head = gl_WorkGroupID.y, item = gl_WorkGroupID.x;
  uint lane = laneOf(LANES), team = teamOf(LANES);

  // The sequence that the workgroup belongs to.
  uint index = 0, base = 0;
  Sequence sequence = loadSequence(sequences, 0);
  Division parts = division(sequence);
  while (item >= parts.tiles * parts.splits) {
    item -= parts.tiles * parts.splits;
    base += partialCount(sequence, parts);
    sequence = loadSequence(sequences, ++index);
    parts = division(sequence);
  }
  uint first = item / parts.splits * QUERIES, split = item % parts.splits;
  uint count = sequence.rows * group;

  loadQueries(sequence, head, first);
  for (uint j = 0; j < SHARE; j++) {
    uint query = first + team + TEAMS * j;
    uint position = sequence.context + query / group;
    firstSeenOf[j] = query < count ? firstSeen(position) : 1;
    lastSeenOf[j] = query < count ? position : 0;
    largest[j] = NO_SCORE;
    total[j] = 0.0;
    for (uint i = 0; i < VALUE_FOURS; i++) sums[j][i] = vec4(0);
  }
  barrier();

  // The tokens that any of the tile sees, and the blocks of them that are this split's.
  uint firstToken = firstSeen(sequence.context + first / group);
  uint lastToken = sequence.context + (min(first + QUERIES, count) - 1) / group;
  uint from = max(parts.firstBlock + split * parts.blocks, firstToken / BLOCK_TOKENS);
  uint to = min(parts.firstBlock + (split + 1) * parts.blocks, lastToken / BLOCK_TOKENS + 1);
  for (uint block = from; block < to; block++)
    takeBlock(
        blockAddress(step, sequence, block, layerOffset), head, block * BLOCK_TOKENS, firstToken,
        lastToken, team, lane);

  for (uint j = 0; j < SHARE; j++) {
    uint query = first + team + TEAMS * j;
    if (query >= count) continue;
    uint vector = rowOf(sequence, query) * heads * group + headOf(head, query);
    if (parts.splits == 1) {
      storeResult(j, lane, element(outputs, vector, 4 * VALUE_WIDTH), 1.0 / total[j]);
    } else {
      uint own = vector - sequence.firstRow * heads * group;
      uint64_t target =
          element(partials, base + own * parts.splits + split, 4 * (VALUE_WIDTH + 2));
      storeResult(j, lane, target, 1.0);
      if (lane == 0) {
        storeFloat(element(target, VALUE_WIDTH, 4), largest[j]);
        storeFloat(element(target, VALUE_WIDTH + 1, 4), total[j]);
      }
    }
  }
}
