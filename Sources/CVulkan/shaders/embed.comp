// output[t] = scale · table[tokens[t]]: an invocation per unit of a row.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "formats.glsl"

layout(local_size_x = 64) in;

layout(constant_id = 0) const uint FORMAT = F32;

layout(push_constant, std430) uniform Arguments {
  uint64_t table;
  uint64_t tokens;
  uint64_t rows;  // of the output
  uint width;
  float scale;
};

void main() {
  uint unit = gl_GlobalInvocationID.x, token = gl_WorkGroupID.y;
  if (unit >= unitCount(width)) return;
  uint64_t row = element(table, load32(element(tokens, token, 4)), rowBytes(FORMAT, width));
  vec4 numbers[4];
  loadUnit(FORMAT, row, unit, width, numbers);
  uint64_t target = element(rows, token, 4 * width);
  for (uint run = 0; run < 4; run++)
    for (uint i = 0; i < 4; i++) {
      uint column = runStart(FORMAT, unit, run) + i;
      if (column < width) storeFloat(element(target, column, 4), scale * numbers[run][i]);
    }
}
