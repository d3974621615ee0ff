// The blocks of the KV cache: 32 tokens of one layer. A block holds the keys of each head, then
// the values of each head. Of a head's keys, eight neighbours of all tokens lie together, then the
// next eight (a rest of fewer at the end): an invocation per token loads side by side. Of its
// values, a token's lie together. In q8_0, bytes lie so, and the scales of 32 neighbours, in f16,
// behind them.
#ifndef CACHE_GLSL
#define CACHE_GLSL

#include "formats.glsl"

float loadHalf(uint64_t address) { return floatOfHalf(load16(address)); }

const uint BLOCK_TOKENS = 32;

// A sequence of the step, for one group of layers.
struct Sequence {
  uint firstRow;
  uint rows;
  uint context;  // tokens stored before the step
  uint table;    // of where its blocks lie, in bytes from the start of the step's input
};

Sequence loadSequence(uint64_t sequences, uint index) {
  uvec4 words = load128(element(sequences, index, 16));
  return Sequence(words.x, words.y, words.z, words.w);
}

// Where a layer's part of block `block` of a sequence lies.
uint64_t blockAddress(uint64_t step, Sequence sequence, uint block, uint layerOffset) {
  return offsetBy(loadAddress(element(offsetBy(step, sequence.table), block, 8)), layerOffset);
}

// Bytes of the keys, or values, of one head of a block.
uint partBytes(uint type, uint width) {
  return width * (type == F32 ? 4 * BLOCK_TOKENS : type == Q8_0 ? 34 : 2 * BLOCK_TOKENS);
}

// Index of number `i` of a token's key among those of its head and block.
uint keyIndex(uint width, uint token, uint i) {
  uint first = i / 8 * 8;
  return first * BLOCK_TOKENS + token * min(width - first, 8) + i % 8;
}

uint keyScale(uint token, uint i) { return i / 32 * BLOCK_TOKENS + token; }

uint valueIndex(uint width, uint token, uint i) { return token * width + i; }

uint valueScale(uint width, uint token, uint i) { return token * (width / 32) + i / 32; }

// A scale of a q8_0 part.
float partScale(uint64_t part, uint width, uint index) {
  return loadHalf(element(offsetBy(part, width * BLOCK_TOKENS), index, 2));
}

// Eight numbers of a key from `first` on, a multiple of 8; zeros behind its end.
void loadKey(uint type, uint64_t part, uint width, uint token, uint first, out vec4 numbers[2]) {
  uint index = keyIndex(width, token, first);
  if (width % 8 != 0 && first + 8 > width) {
    numbers = vec4[2](vec4(0), vec4(0));
    for (uint i = 0; i < width - first; i++)
      numbers[i / 4][i % 4] = plainNumber(type, part, index + i);
  } else if (type == F32) {
    uint64_t address = element(part, index, 4);
    numbers = vec4[2](loadFloats(address), loadFloats(address + 16ul));
  } else if (type == Q8_0) {
    uvec2 bytes = load64(offsetBy(part, index));
    float scale = partScale(part, width, keyScale(token, first));
    numbers = vec4[2](scale * signedBytes(bytes.x), scale * signedBytes(bytes.y));
  } else {
    uvec4 pairs = load128(element(part, index, 2));
    numbers = type == F16
        ? vec4[2](floatsOfHalves(pairs.xy), floatsOfHalves(pairs.zw))
        : vec4[2](floatsOfBfloats(pairs.xy), floatsOfBfloats(pairs.zw));
  }
}

// Four numbers of a value from `first` on, a multiple of 4 below the width; zeros behind its end.
vec4 loadValue(uint type, uint64_t part, uint width, uint token, uint first) {
  uint index = valueIndex(width, token, first);
  if (type == Q8_0)
    return partScale(part, width, valueScale(width, token, first))
        * signedBytes(load32(offsetBy(part, index)));
  if (width % 4 != 0)
    return plainRun(type, element(part, token, width * (type == F32 ? 4 : 2)), first, width);
  if (type == F32) return loadFloats(element(part, index, 4));
  uvec2 pairs = load64(element(part, index, 2));
  return type == F16 ? floatsOfHalves(pairs) : floatsOfBfloats(pairs);
}

#endif
