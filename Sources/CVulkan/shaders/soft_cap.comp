// x = cap · tanh(x / cap), in place. A launch has at most 65,535 workgroups, so they go round.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "memory.glsl"
#include "numbers.glsl"

layout(local_size_x = 256) in;

layout(push_constant, std430) uniform Arguments {
  uint64_t numbers;
  uint count;
  float cap;
};

void main() {
  uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  for (uint i = gl_GlobalInvocationID.x; i < count; i += stride) {
    uint64_t number = element(numbers, i, 4);
    storeFloat(number, softCapped(loadFloat(number), cap));
  }
}
