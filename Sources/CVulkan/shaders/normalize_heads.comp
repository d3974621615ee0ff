// Root-mean-square norm of each head of up to two tensors, in place: a workgroup for each head.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "memory.glsl"
#include "reduction.glsl"

layout(local_size_x = 32) in;

struct Heads {
  uint64_t rows;    // [rows, count · width]
  uint64_t weight;  // [width]
  uint count;
  uint width;
};

layout(push_constant, std430) uniform Arguments {
  Heads tensors[2];
  float epsilon;
};

void main() {
  uint head = gl_WorkGroupID.x, row = gl_WorkGroupID.y;
  uint index = head < tensors[0].count ? 0 : 1;
  if (index == 1) head -= tensors[0].count;
  Heads own = tensors[index];
  uint64_t numbers = element(own.rows, row * own.count + head, 4 * own.width);
  float squares = 0.0;
  for (uint i = gl_LocalInvocationID.x; i < own.width; i += gl_WorkGroupSize.x) {
    float x = loadFloat(element(numbers, i, 4));
    squares += x * x;
  }
  float factor = 1.0 / sqrt(groupSum(squares) / float(own.width) + epsilon);
  for (uint i = gl_LocalInvocationID.x; i < own.width; i += gl_WorkGroupSize.x) {
    uint64_t number = element(numbers, i, 4);
    storeFloat(number, loadFloat(number) * factor * loadFloat(element(own.weight, i, 4)));
  }
}
