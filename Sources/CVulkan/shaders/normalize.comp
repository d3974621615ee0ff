// Root-mean-square norm, a workgroup for each row: output = x / sqrt(mean(x²) + epsilon) · weight,
// or += where it accumulates.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "memory.glsl"
#include "reduction.glsl"

layout(local_size_x = 256) in;

layout(push_constant, std430) uniform Arguments {
  uint64_t inputs;  // [rows, width]
  uint64_t weight;
  uint64_t outputs;
  uint width;
  float epsilon;
  uint accumulates;
};

void main() {
  uint64_t source = element(inputs, gl_WorkGroupID.x, 4 * width);
  uint64_t target = element(outputs, gl_WorkGroupID.x, 4 * width);
  float squares = 0.0;
  for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x) {
    float x = loadFloat(element(source, i, 4));
    squares += x * x;
  }
  float factor = 1.0 / sqrt(groupSum(squares) / float(width) + epsilon);
  for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x) {
    float value = loadFloat(element(source, i, 4)) * factor * loadFloat(element(weight, i, 4));
    if (accumulates != 0) value += loadFloat(element(target, i, 4));
    storeFloat(element(target, i, 4), value);
  }
}
