// output[i] = input[rows[i]], or a copy of the input where there are no `rows`.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "memory.glsl"

layout(local_size_x = 64) in;

layout(push_constant, std430) uniform Arguments {
  uint64_t inputs;
  uint64_t rows;  // 0: none
  uint64_t outputs;
  uint width;
};

void main() {
  uint column = gl_GlobalInvocationID.x, index = gl_WorkGroupID.y;
  if (column >= width) return;
  uint row = rows == 0ul ? index : load32(element(rows, index, 4));
  storeFloat(
      element(element(outputs, index, 4 * width), column, 4),
      loadFloat(element(element(inputs, row, 4 * width), column, 4)));
}
