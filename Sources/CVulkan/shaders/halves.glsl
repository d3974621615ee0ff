// Numbers as f16.
#ifndef HALVES_GLSL
#define HALVES_GLSL

#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require

// Within what f16 holds.
vec4 inRange(vec4 numbers) { return clamp(numbers, -65504.0, 65504.0); }

// Four that lie side by side.
f16vec4 halves(uvec2 words) {
  return f16vec4(unpackFloat2x16(words.x), unpackFloat2x16(words.y));
}

#endif
