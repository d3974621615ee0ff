// What attention and the merge of its parts share. The query vectors of a sequence that read one
// head of the cache are dealt to tiles; where these are few, the tokens they see are split, and
// each part has a partial result: largest score, sum of weights, weighted sum of values.
#ifndef ATTENTION_GLSL
#define ATTENTION_GLSL

#include "cache.glsl"

layout(push_constant, std430) uniform Arguments {
  uint64_t queries;    // [rows, heads · keyWidth]
  uint64_t outputs;    // [rows, heads · valueWidth]
  uint64_t partials;
  uint64_t step;
  uint64_t sequences;  // of the group
  uint sequenceCount;
  uint layerOffset;    // bytes from a block's start to those of the layer
  uint heads;          // of the cache
  uint group;          // query heads for each of them
  uint window;         // 0: none
  uint tile;           // query vectors of a tile
  float scale;
  float softCap;       // 0: none
};

// How a sequence is divided; `AttentionDivision` in Swift says the same.
struct Division {
  uint tiles;
  uint splits;
  uint firstBlock;  // that any row sees
  uint blocks;      // of a split
};

const uint SPLIT_BLOCKS = 4, SPLIT_ITEMS = 64;

// The first position that position `position` sees.
uint firstSeen(uint position) {
  return window != 0 && position + 1 > window ? position + 1 - window : 0;
}

Division division(Sequence sequence) {
  if (sequence.rows == 0) return Division(0, 0, 0, 0);
  uint tiles = (sequence.rows * group + tile - 1) / tile;
  uint first = firstSeen(sequence.context) / BLOCK_TOKENS;
  uint blocks = (sequence.context + sequence.rows - 1) / BLOCK_TOKENS + 1 - first;
  uint splits = min((blocks + SPLIT_BLOCKS - 1) / SPLIT_BLOCKS, max(SPLIT_ITEMS / tiles, 1));
  return Division(tiles, splits, first, (blocks + splits - 1) / splits);
}

// Partial results of a sequence.
uint partialCount(Sequence sequence, Division division) {
  return division.splits > 1 ? sequence.rows * heads * group * division.splits : 0;
}

// Largest score of no token.
const float NO_SCORE = -3.0e38;

#endif
