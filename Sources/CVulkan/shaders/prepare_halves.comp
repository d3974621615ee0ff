// Inputs of `matmul_halves` and `matmul_cooperative`: rows as f16 (`prepared.glsl`). A workgroup
// takes a token.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "formats.glsl"
#include "prepared.glsl"
#include "reduction.glsl"

layout(local_size_x = 256) in;

layout(push_constant, std430) uniform Arguments {
  uint64_t inputs;  // f32 [tokens, width]
  uint64_t prepared;
  uint width;
  uint tokens;
};

void main() {
  uint token = gl_WorkGroupID.x, fours = halvesWidth(width) / 4;
  uint64_t row = element(inputs, token, 4 * width);
  float own = 0.0;
  for (uint i = gl_LocalInvocationID.x; i < fours; i += gl_WorkGroupSize.x) {
    vec4 x = abs(plainRun(F32, row, 4 * i, width));
    own = max(own, max(max(x.x, x.y), max(x.z, x.w)));
  }
  float largest = teamMax(own, gl_WorkGroupSize.x);
  // The exponent alone; 1 for a row of zeros, and what has a reciprocal for one with an infinity.
  uint exponent = min(floatBitsToUint(largest) & 0x7f800000u, 0x7e800000u);
  if (exponent == 0) exponent = 0x3f800000u;
  float reciprocal = uintBitsToFloat(0x7f000000u - exponent);
  uint64_t target = halvesOf(prepared, width, token);
  for (uint i = gl_LocalInvocationID.x; i < fours; i += gl_WorkGroupSize.x) {
    vec4 x = plainRun(F32, row, 4 * i, width) * reciprocal;
    uvec4 halves =
        uvec4(halfOfFloat(x.x), halfOfFloat(x.y), halfOfFloat(x.z), halfOfFloat(x.w));
    store64(element(target, i, 8), halves.xz | halves.yw << 16);
  }
  if (gl_LocalInvocationID.x == 0)
    storeFloat(factorOf(prepared, width, tokens, token), uintBitsToFloat(exponent));
}
