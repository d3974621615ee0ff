// What the kernels of attention and the merge of its parts share. The query vectors of a sequence
// that read one head of the cache are dealt to tiles, a workgroup each; where they are few, the
// tokens they see are split, and each part has a partial result: weighted sum of values, largest
// score, sum of weights.
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
  uint splitBlocks;    // that a split has at least
  float scale;
  float softCap;       // 0: none
};

// Splits that a sequence may have: a step's portions.
const uint MAX_SPLITS = 64;

// How a sequence is divided; `AttentionDivision` in Swift says the same.
struct Division {
  uint tiles;
  uint splits;
  uint firstBlock;  // that any row sees
  uint blocks;      // of a split
};

// The first position that position `position` sees.
uint firstSeen(uint position) {
  return window != 0 && position + 1 > window ? position + 1 - window : 0;
}

Division division(Sequence sequence) {
  if (sequence.rows == 0) return Division(0, 0, 0, 0);
  uint vectors = sequence.rows * group;
  uint first = firstSeen(sequence.context) / BLOCK_TOKENS;
  uint blocks = (sequence.context + sequence.rows - 1) / BLOCK_TOKENS + 1 - first;
  uint splits = max(blocks / splitBlocks, 1);
  return Division(
      (vectors + tile - 1) / tile, splits, first, (blocks + splits - 1) / splits);
}

// Partial results of a sequence.
uint partialCount(Sequence sequence, Division division) {
  return division.splits > 1 ? sequence.rows * heads * group * division.splits : 0;
}

// What a workgroup does: a tile of a sequence's query vectors for one head of the cache, over the
// blocks of one split.
struct Item {
  Sequence sequence;
  uint head;
  uint count;        // query vectors of the sequence
  uint firstVector;  // of the tile
  uint firstToken;   // that any vector of the tile sees
  uint lastToken;
  uint firstBlock;   // of the split, as far as the tile sees it
  uint endBlock;
  uint splits;
  uint split;
  uint firstPartial; // of the sequence
};

Item itemOf(uint index, uint head) {
  uint at = 0, partials = 0;
  Sequence sequence = loadSequence(sequences, 0);
  Division parts = division(sequence);
  while (index >= parts.tiles * parts.splits) {
    index -= parts.tiles * parts.splits;
    partials += partialCount(sequence, parts);
    sequence = loadSequence(sequences, ++at);
    parts = division(sequence);
  }
  Item item;
  item.sequence = sequence;
  item.head = head;
  item.count = sequence.rows * group;
  item.firstVector = index / parts.splits * tile;
  item.firstToken = firstSeen(sequence.context + item.firstVector / group);
  item.lastToken = sequence.context + (min(item.firstVector + tile, item.count) - 1) / group;
  item.splits = parts.splits;
  item.split = index % parts.splits;
  uint first = parts.firstBlock + item.split * parts.blocks;
  item.firstBlock = max(first, item.firstToken / BLOCK_TOKENS);
  item.endBlock = min(first + parts.blocks, item.lastToken / BLOCK_TOKENS + 1);
  item.firstPartial = partials;
  return item;
}

// Where a query vector of the item's sequence lies among those of the step.
uint placeOf(Item item, uint vector) {
  uint row = item.sequence.firstRow + vector / group;
  return (row * heads + item.head) * group + vector % group;
}

// Positions that a query vector of the item's sequence sees, first and last; none, the last before
// the first, where it is not one of them.
uvec2 seenBy(Item item, uint vector) {
  uint position = item.sequence.context + vector / group;
  return vector < item.count ? uvec2(firstSeen(position), position) : uvec2(1, 0);
}

// Where the result of a query vector goes: to the output, or among the partial results.
uint64_t targetOf(Item item, uint vector, uint valueWidth) {
  uint place = placeOf(item, vector);
  if (item.splits == 1) return element(outputs, place, 4 * valueWidth);
  uint own = place - item.sequence.firstRow * heads * group;
  return element(
      partials, item.firstPartial + own * item.splits + item.split, 4 * (valueWidth + 2));
}

// What a partial result has besides its sums.
void storePartial(uint64_t target, uint valueWidth, float largest, float total) {
  storeFloat(element(target, valueWidth, 4), largest);
  storeFloat(element(target, valueWidth + 1, 4), total);
}

// Where the keys, and the values, of the item's head lie in a block.
uint64_t keysOf(Item item, uint block, uint type, uint keyWidth) {
  uint64_t layer = blockAddress(step, item.sequence, block, layerOffset);
  return element(layer, item.head, partBytes(type, keyWidth));
}

uint64_t valuesOf(Item item, uint block, uint type, uint keyWidth, uint valueWidth) {
  uint64_t layer = blockAddress(step, item.sequence, block, layerOffset);
  return element(
      element(layer, heads, partBytes(type, keyWidth)), item.head, partBytes(type, valueWidth));
}

// Largest score of no token.
const float NO_SCORE = -3.0e38;

#endif
