// Products of bf16 numbers with AVX-512 BF16 (tile_bfloat.h): panels are multiplied as they are
// packed, words of two columns for each of 16 rows, with words of two activations for each column.
#if defined(__x86_64__)

#include "tile_bfloat.h"

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

// How far ahead of the weights being read memory is asked for, bytes.
enum { PREFETCH = 2048, PANELS = BORA_DIRECT_FLOAT_PANELS };

INLINE __m512 multiply(__m512 sum, __m512i weights, __m512i activations) {
  return _mm512_dpbf16_ps(sum, (__m512bh)weights, (__m512bh)activations);
}

// `[(count + 1) / 2][columns]`, the last lower half zero where `count` is odd.
void bora_prepare_bfloat_avx512bf16(
    const float *input, size_t stride, size_t count, size_t columns, void *tile) {
  uint32_t *words = tile;
  for (size_t k = 0; k < count; k += 16)
    for (size_t c = 0; c < columns; c++) {
      __mmask16 there = (__mmask16)(count - k < 16 ? (1u << (count - k)) - 1 : 0xffff);
      __m512 numbers = _mm512_maskz_loadu_ps(there, input + c * stride + k);
      __m256i pairs = _mm256_rol_epi32((__m256i)_mm512_cvtneps_pbh(numbers), 16);
      uint32_t own[8];
      _mm256_storeu_si256((void *)own, pairs);
      size_t first = k / 2, left = (count + 1) / 2 - first;
      for (size_t i = 0; i < 8 && i < left; i++) words[(first + i) * columns + c] = own[i];
    }
}

INLINE void tile_columns(
    const void *const *panels, const int count, size_t elements, const uint32_t *tile,
    const int columns, float *sums, size_t stride) {
  __m512 own[PANELS][BORA_WIDE_TILE_COLUMNS];
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) own[p][c] = _mm512_loadu_ps(sums + p * stride + 16 * c);
  for (size_t k = 0; k < elements / 2; k++, tile += columns) {
    // The next tile, which follows.
    _mm_prefetch((const char *)(tile + elements * columns), _MM_HINT_T0);
    __m512i weights[PANELS];
    for (int p = 0; p < count; p++) {
      const char *from = (const char *)panels[p] + 64 * k;
      _mm_prefetch(from + PREFETCH, _MM_HINT_T0);
      weights[p] = _mm512_loadu_si512(from);
    }
    for (int c = 0; c < columns; c++) {
      __m512i activations = _mm512_set1_epi32((int)tile[c]);
      for (int p = 0; p < count; p++)
        own[p][c] = multiply(own[p][c], weights[p], activations);
    }
  }
  if (elements % 2 == 1)
    for (int p = 0; p < count; p++) {
      const uint8_t *last = (const uint8_t *)panels[p] + 32 * (elements - 1);
      __m512i upper = _mm512_slli_epi32(
          _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)last)), 16);
      // The lower half is -0: times zero, it leaves every sum as it is.
      __m512i weights = _mm512_or_si512(upper, _mm512_set1_epi32(0x8000));
      for (int c = 0; c < columns; c++)
        own[p][c] = multiply(own[p][c], weights, _mm512_set1_epi32((int)tile[c]));
    }
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) _mm512_storeu_ps(sums + p * stride + 16 * c, own[p][c]);
}

void bora_tile_bfloat_avx512bf16(
    const void *const *panels, size_t count, size_t elements, const void *tile, size_t columns,
    float *sums, size_t stride) {
  switch (columns) {
#define CASE(n, together)                                                                     \
  case n:                                                                                     \
    for (; count >= together; count -= together, panels += together, sums += together * stride) \
      tile_columns(panels, together, elements, tile, n, sums, stride);                        \
    for (; count > 0; count--, panels++, sums += stride)                                      \
      tile_columns(panels, 1, elements, tile, n, sums, stride);                               \
    break;
    CASE(1, PANELS) CASE(2, PANELS) CASE(3, PANELS) CASE(4, PANELS) CASE(5, PANELS)
    CASE(6, PANELS) CASE(7, PANELS / 2) CASE(8, PANELS / 2)
#undef CASE
  }
}

uint64_t bora_peak_bfloat_avx512bf16(size_t rounds) {
  enum { CHAINS = PANELS * BORA_TILE_COLUMNS };
  __m512 sums[CHAINS];
  __m512i x = _mm512_set1_epi16(0x3f00);
  for (int c = 0; c < CHAINS; c++) sums[c] = _mm512_set1_ps((float)c);
  for (size_t i = 0; i < rounds; i++) {
    for (int c = 0; c < CHAINS; c++) sums[c] = multiply(sums[c], x, x);
    // Keeps the loop as it is written.
    __asm__ volatile("" : "+v"(sums[0]));
  }
  for (int c = 1; c < CHAINS; c++) sums[0] = _mm512_add_ps(sums[0], sums[c]);
  return rounds * CHAINS * 64 + (_mm512_reduce_add_ps(sums[0]) == 1);
}

#pragma clang attribute pop

#endif
