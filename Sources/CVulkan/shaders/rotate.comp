// Rotary position embedding of up to two tensors, in place: an invocation for each pair of each
// head. Pair i turns by position · frequencies[i] and grows by `scale`.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "memory.glsl"
#include "numbers.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool INTERLEAVED = true;

struct Heads {
  uint64_t rows;  // [rows, count · headWidth]
  uint count;
};

layout(push_constant, std430) uniform Arguments {
  Heads tensors[2];
  uint64_t positions;
  uint64_t frequencies;  // [pairs]
  uint headWidth;
  uint pairs;
  float scale;
};

void main() {
  uint pair = gl_GlobalInvocationID.x % pairs, head = gl_GlobalInvocationID.x / pairs;
  uint row = gl_WorkGroupID.y;
  if (head >= tensors[0].count + tensors[1].count) return;
  uint index = head < tensors[0].count ? 0 : 1;
  if (index == 1) head -= tensors[0].count;
  uint64_t numbers = element(tensors[index].rows, row * tensors[index].count + head, 4 * headWidth);
  uint64_t first = element(numbers, INTERLEAVED ? 2 * pair : pair, 4);
  uint64_t second = element(first, INTERLEAVED ? 1 : pairs, 4);

  float position = float(int(load32(element(positions, row, 4))));
  precise float angle = position * loadFloat(element(frequencies, pair, 4));
  vec2 turn = cosineAndSine(angle) * scale;
  float x = loadFloat(first), y = loadFloat(second);
  storeFloat(first, x * turn.x - y * turn.y);
  storeFloat(second, x * turn.y + y * turn.x);
}
