// Stores the step's keys and values in the cache, in its type: an invocation for each piece of a
// head's key or value, 8 neighbours or, in q8_0, the 32 that share a scale.
#version 460
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
#include "cache.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint TYPE = F16;

const uint PIECE = TYPE == Q8_0 ? 32 : 8;

layout(push_constant, std430) uniform Arguments {
  uint64_t keys;          // [rows, heads · keyWidth]
  uint64_t values;        // [rows, heads · valueWidth]
  uint64_t step;
  uint64_t sequences;     // of the group
  uint64_t rowSequences;  // which sequence each row belongs to
  uint layerOffset;       // bytes from a block's start to those of the layer
  uint heads;
  uint keyWidth;
  uint valueWidth;
};

// The numbers of a piece, zeros behind the width.
vec4 piece[PIECE / 4];

// All are asked for before the first is waited for.
void loadPiece(uint64_t row, uint first, uint width) {
  if (width % 4 == 0 && first + PIECE <= width) {
    [[unroll]] for (uint i = 0; i < PIECE / 4; i++)
      piece[i] = loadFloats(element(row, first + 4 * i, 4));
  } else {
    for (uint i = 0; i < PIECE / 4; i++) piece[i] = plainRun(F32, row, first + 4 * i, width);
  }
}

void store(uint64_t part, uint index, float number) {
  if (TYPE == F32) {
    storeFloat(element(part, index, 4), number);
  } else {
    uint bits = TYPE == F16 ? halfOfFloat(number) : bfloatOfFloat(number);
    HalvesOut(element(part, index, 2)).at[0] = uint16_t(bits);
  }
}

// A piece that shares a scale, a 127th of the largest.
void storeQuantized(uint64_t part, uint width, bool isKey, uint token, uint first) {
  float largest = 0.0;
  for (uint i = 0; i < PIECE; i++) largest = max(largest, abs(piece[i / 4][i % 4]));
  uint bits = halfOfFloat(largest / 127.0);
  float scale = floatOfHalf(bits);
  uint scaleIndex = isKey ? keyScale(token, first) : valueScale(width, token, first);
  HalvesOut(element(offsetBy(part, width * BLOCK_TOKENS), scaleIndex, 2)).at[0] = uint16_t(bits);
  for (uint i = 0; i < PIECE; i++) {
    float steps = scale == 0.0 ? 0.0 : roundEven(piece[i / 4][i % 4] / scale);
    // A scale that f16 rounds down, or holds in few bits, takes the largest past 127.
    uint byte = uint(int(clamp(steps, -127.0, 127.0))) & 0xffu;
    uint index = isKey ? keyIndex(width, token, first + i) : valueIndex(width, token, first + i);
    BytesOut(offsetBy(part, index)).at[0] = uint8_t(byte);
  }
}

void main() {
  uint row = gl_WorkGroupID.y, index = gl_GlobalInvocationID.x;
  uint keyPieces = (keyWidth + PIECE - 1) / PIECE, valuePieces = (valueWidth + PIECE - 1) / PIECE;
  bool isKey = index < heads * keyPieces;
  if (!isKey) index -= heads * keyPieces;
  uint pieces = isKey ? keyPieces : valuePieces, width = isKey ? keyWidth : valueWidth;
  uint head = index / pieces, first = index % pieces * PIECE;
  if (head >= heads) return;

  Sequence sequence = loadSequence(sequences, load32(element(rowSequences, row, 4)));
  uint position = sequence.context + row - sequence.firstRow, token = position % BLOCK_TOKENS;
  uint64_t block = blockAddress(step, sequence, position / BLOCK_TOKENS, layerOffset);
  uint64_t part = isKey
      ? element(block, head, partBytes(TYPE, keyWidth))
      : element(
          element(block, heads, partBytes(TYPE, keyWidth)), head, partBytes(TYPE, valueWidth));
  loadPiece(element(isKey ? keys : values, row * heads + head, 4 * width), first, width);
  if (TYPE == Q8_0) {
    storeQuantized(part, width, isKey, token, first);
    return;
  }
  for (uint i = 0; i < min(PIECE, width - first); i++)
    store(
        part, isKey ? keyIndex(width, token, first + i) : valueIndex(width, token, first + i),
        piece[i / 4][i % 4]);
}
