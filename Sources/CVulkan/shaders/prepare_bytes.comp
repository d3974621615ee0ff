// Inputs of `matmul_integers`: rows as signed bytes with a scale for every 32 (`prepared.glsl`). An
// invocation takes 32 numbers.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "formats.glsl"
#include "prepared.glsl"

layout(local_size_x = 64) in;

layout(push_constant, std430) uniform Arguments {
  uint64_t inputs;  // f32 [tokens, width]
  uint64_t prepared;
  uint width;
  uint tokens;
};

void main() {
  uint block = gl_GlobalInvocationID.x, token = gl_WorkGroupID.y;
  if (block >= bytesWidth(width) / 32) return;
  uint64_t row = element(inputs, token, 4 * width);
  vec4 numbers[8];
  float largest = 0.0;
  for (uint i = 0; i < 8; i++) {
    numbers[i] = plainRun(F32, row, 32 * block + 4 * i, width);
    vec4 x = abs(numbers[i]);
    largest = max(largest, max(max(x.x, x.y), max(x.z, x.w)));
  }
  float reciprocal = largest > 0.0 ? 127.0 / largest : 0.0;
  uint64_t target = element(bytesOf(prepared, width, token), block, 32);
  for (uint i = 0; i < 8; i++) {
    uvec4 bytes = uvec4(ivec4(roundEven(numbers[i] * reciprocal))) & 0xffu;
    store32(
        element(target, i, 4), bytes.x | bytes.y << 8 | bytes.z << 16 | bytes.w << 24);
  }
  storeFloat(element(scalesOf(prepared, width, tokens, token), block, 4), largest / 127.0);
}
