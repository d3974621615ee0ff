// Device memory by 64-bit address: no binding, so no limit of a binding's size.
#ifndef MEMORY_GLSL
#define MEMORY_GLSL

#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_16bit_storage : require

layout(buffer_reference, std430, buffer_reference_align = 2) readonly buffer Halves {
  uint16_t at[];
};
layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Words { uint at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) readonly buffer WordPairs {
  uvec2 at[];
};
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer WordQuads {
  uvec4 at[];
};
layout(buffer_reference, std430, buffer_reference_align = 8) readonly buffer Addresses {
  uint64_t at[];
};
layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Floats { float at[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer FloatQuads {
  vec4 at[];
};

layout(buffer_reference, std430, buffer_reference_align = 1) buffer BytesOut { uint8_t at[]; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer HalvesOut { uint16_t at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer WordsOut { uint at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer WordPairsOut { uvec2 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer FloatsOut { float at[]; };

uint64_t offsetBy(uint64_t address, uint bytes) { return address + uint64_t(bytes); }

// `index` things of `bytes` each further on, past 4 GiB too.
uint64_t element(uint64_t address, uint index, uint bytes) {
  return address + uint64_t(index) * uint64_t(bytes);
}

uint load16(uint64_t address) { return uint(Halves(address).at[0]); }

uint load32(uint64_t address) { return Words(address).at[0]; }

// Four bytes that lie at any even address.
uint load32Even(uint64_t address) {
  return load16(address) | load16(address + 2ul) << 16;
}

uvec2 load64(uint64_t address) { return WordPairs(address).at[0]; }

uvec4 load128(uint64_t address) { return WordQuads(address).at[0]; }

uint64_t loadAddress(uint64_t address) { return Addresses(address).at[0]; }

float loadFloat(uint64_t address) { return Floats(address).at[0]; }

vec4 loadFloats(uint64_t address) { return FloatQuads(address).at[0]; }

void store32(uint64_t address, uint value) { WordsOut(address).at[0] = value; }

void store64(uint64_t address, uvec2 value) { WordPairsOut(address).at[0] = value; }

void storeFloat(uint64_t address, float value) { FloatsOut(address).at[0] = value; }

#endif
