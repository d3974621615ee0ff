// Vectors of 16 lanes in the compiler's own notation. Headers built on them are compiled once per
// instruction set (portable_*.c) and give the same bits on each: a fused product is one operation
// wherever it is written `fused`, and nowhere else.
#ifndef BORA_LANES_H
#define BORA_LANES_H

#include "formats.h"

#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

typedef float f32x2 __attribute__((ext_vector_type(2)));
typedef float f32x4 __attribute__((ext_vector_type(4)));
typedef float f32x8 __attribute__((ext_vector_type(8)));
typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x4 __attribute__((ext_vector_type(4)));
typedef int32_t i32x8 __attribute__((ext_vector_type(8)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));
typedef int8_t i8x16 __attribute__((ext_vector_type(16)));
typedef uint8_t u8x64 __attribute__((ext_vector_type(64)));

// Loads and stores at any address.
#define DEFINE_MEMORY(type, name)                      \
  INLINE type load_##name(const void *address) {       \
    type value;                                        \
    memcpy(&value, address, sizeof value);             \
    return value;                                      \
  }                                                    \
  INLINE void store_##name(void *address, type value) { \
    memcpy(address, &value, sizeof value);             \
  }
DEFINE_MEMORY(f32x16, f32)
DEFINE_MEMORY(u32x16, u32)
DEFINE_MEMORY(u16x16, u16)
DEFINE_MEMORY(i8x16, i8)
DEFINE_MEMORY(u8x64, u8)
#undef DEFINE_MEMORY

INLINE f32x16 fused(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }

INLINE f32x16 spread(float value) { return (f32x16)value; }

// a where the mask's lanes are all ones, b where they are zero.
INLINE f32x16 choose(i32x16 mask, f32x16 a, f32x16 b) {
  i32x16 bits_a, bits_b;
  memcpy(&bits_a, &a, sizeof a);
  memcpy(&bits_b, &b, sizeof b);
  bits_a = (mask & bits_a) | (~mask & bits_b);
  memcpy(&a, &bits_a, sizeof a);
  return a;
}

// The first `count` numbers, then zeros.
INLINE f32x16 load_part(const float *address, size_t count) {
  float lanes[16] = {0};
  memcpy(lanes, address, count * sizeof(float));
  return load_f32(lanes);
}

INLINE void store_part(float *address, f32x16 value, size_t count) {
  float lanes[16];
  store_f32(lanes, value);
  memcpy(address, lanes, count * sizeof(float));
}

// Sum of the lanes, in halves.
INLINE float sum_lanes(f32x16 value) {
  float lanes[16];
  store_f32(lanes, value);
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  return lanes[0];
}

// The largest lane, in halves: the compiler's own reduction goes lane by lane.
INLINE float max_lanes(f32x16 value) {
  f32x8 eight = value.lo > value.hi ? value.lo : value.hi;
  f32x4 four = eight.lo > eight.hi ? eight.lo : eight.hi;
  f32x2 two = four.lo > four.hi ? four.lo : four.hi;
  return two.x > two.y ? two.x : two.y;
}

// Numbers without their sign are in the order of their bits.
INLINE float largest_magnitude(f32x16 a, f32x16 b) {
  u32x16 bits_a, bits_b;
  memcpy(&bits_a, &a, sizeof a);
  memcpy(&bits_b, &b, sizeof b);
  u32x16 larger = __builtin_elementwise_max(bits_a & 0x7fffffff, bits_b & 0x7fffffff);
  return bora_float_of_bits(__builtin_reduce_max(larger));
}

INLINE f32x16 floats_of_halves(u16x16 halves) {
#if defined(PORTABLE_AVX512)
  __m256i bits;
  memcpy(&bits, &halves, sizeof bits);
  return (f32x16)_mm512_cvtph_ps(bits);
#elif defined(PORTABLE_AVX2)
  __m128i bits[2];
  memcpy(bits, &halves, sizeof bits);
  __m256 floats[2] = {_mm256_cvtph_ps(bits[0]), _mm256_cvtph_ps(bits[1])};
  return load_f32(floats);
#else
  float lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = bora_float_of_half(halves[i]);
  return load_f32(lanes);
#endif
}

// Rounded to the nearest, ties to even.
INLINE u16x16 halves_of_floats(f32x16 floats) {
#if defined(PORTABLE_AVX512)
  __m256i bits = _mm512_cvtps_ph((__m512)floats, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return load_u16(&bits);
#elif defined(PORTABLE_AVX2)
  __m256 parts[2];
  memcpy(parts, &floats, sizeof parts);
  __m128i bits[2] = {
      _mm256_cvtps_ph(parts[0], _MM_FROUND_TO_NEAREST_INT),
      _mm256_cvtps_ph(parts[1], _MM_FROUND_TO_NEAREST_INT)};
  return load_u16(bits);
#else
  u16x16 halves;
  for (int i = 0; i < 16; i++) halves[i] = bora_half_of_float(floats[i]);
  return halves;
#endif
}

INLINE f32x16 floats_of_bfloats(u16x16 bits) {
  u32x16 wide = __builtin_convertvector(bits, u32x16) << 16;
  f32x16 floats;
  memcpy(&floats, &wide, sizeof floats);
  return floats;
}

// Two bf16 numbers to a word: the first is the upper half.
INLINE f32x16 first_of_pairs(u32x16 pairs) {
  pairs &= 0xffff0000;
  f32x16 floats;
  memcpy(&floats, &pairs, sizeof floats);
  return floats;
}

INLINE f32x16 second_of_pairs(u32x16 pairs) { return first_of_pairs(pairs << 16); }

// What each index below 16 stands for.
INLINE u8x64 look_up(const int8_t table[16], u8x64 indices) {
#if defined(PORTABLE_AVX512)
  __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)table));
  return (u8x64)_mm512_shuffle_epi8(values, (__m512i)indices);
#elif defined(PORTABLE_AVX2)
  __m256i values = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table)), parts[2];
  memcpy(parts, &indices, sizeof parts);
  for (int i = 0; i < 2; i++) parts[i] = _mm256_shuffle_epi8(values, parts[i]);
  return load_u8(parts);
#else
  u8x64 values;
  for (int i = 0; i < 64; i++) values[i] = (uint8_t)table[indices[i]];
  return values;
#endif
}

// Rounded to the nearest, ties to even.
INLINE u16x16 bfloats_of_floats(f32x16 floats) {
  u32x16 bits;
  memcpy(&bits, &floats, sizeof bits);
  u32x16 rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  // What is no number stays so.
  u32x16 is_number = (u32x16)((bits & 0x7fffffff) <= 0x7f800000);
  rounded = (is_number & rounded) | (~is_number & (bits >> 16 | 0x40));
  return __builtin_convertvector(rounded, u16x16);
}

INLINE f32x16 floats_of_ints(i32x16 integers) {
  return __builtin_convertvector(integers, f32x16);
}

// The nearest integer, ties to even, of numbers below 2^22 in magnitude: the sum's last bits.
INLINE i32x16 round_to_int(f32x16 value) {
  f32x16 sum = value + 0x1.8p23f;
  i32x16 bits;
  memcpy(&bits, &sum, sizeof bits);
  return bits - 0x4b400000;
}

// e to the power of x between -87 and 88, to 2 units in the last place.
INLINE f32x16 power_of_e(f32x16 x) {
  i32x16 n = round_to_int(x * 0x1.715476p+0f);
  f32x16 whole = floats_of_ints(n);
  // x - n ln 2, with ln 2 in two parts.
  f32x16 r = fused(whole, spread(-0x1.62e4p-1f), x);
  r = fused(whole, spread(-0x1.7f7d1cp-20f), r);
  // Taylor's series to r^7: |r| <= ln 2 / 2.
  f32x16 p = spread(0x1.a01a02p-13f);
  p = fused(p, r, spread(0x1.6c16c2p-10f));
  p = fused(p, r, spread(0x1.111112p-7f));
  p = fused(p, r, spread(0x1.555556p-5f));
  p = fused(p, r, spread(0x1.555556p-3f));
  p = fused(p, r, spread(0.5f));
  p = fused(p, r, spread(1.0f));
  p = fused(p, r, spread(1.0f));
  i32x16 power = (n + 127) << 23;
  f32x16 scale;
  memcpy(&scale, &power, sizeof scale);
  return p * scale;
}

// The same; x is held between -87 and 88.
INLINE f32x16 exponential(f32x16 x) {
  x = choose(x > -87.0f, x, spread(-87.0f));
  return power_of_e(choose(x < 88.0f, x, spread(88.0f)));
}

// The same of numbers that are not positive; zero below -87.
INLINE f32x16 exponential_below(f32x16 x) {
  i32x16 tiny = x < -87.0f;
  return choose(tiny, spread(0), power_of_e(choose(tiny, spread(-87.0f), x)));
}

// The hyperbolic tangent of x, to 2 units in the last place.
INLINE f32x16 hyperbolic_tangent(f32x16 x) {
  f32x16 size = __builtin_elementwise_abs(x);
  // Near zero an odd polynomial: x + x³ p(x²), p the best on |x| <= 0.625 (relative error 4.4e-9).
  f32x16 y = x * x;
  f32x16 p = spread(-0x1.75e17ap-8f);
  p = fused(p, y, spread(0x1.522686p-6f));
  p = fused(p, y, spread(-0x1.b83c56p-5f));
  p = fused(p, y, spread(0x1.110726p-3f));
  p = fused(p, y, spread(-0x1.555532p-2f));
  f32x16 near = fused(p * y, x, x);
  f32x16 far = 1.0f - 2.0f / (exponential(2.0f * size) + 1.0f);
  // What is no number is not so large, and stays so.
  return choose(size >= 0.625f, __builtin_elementwise_copysign(far, x), near);
}

// cap · tanh(x / cap)
INLINE f32x16 soft_capped(f32x16 x, float cap) { return cap * hyperbolic_tangent(x / cap); }

#endif
