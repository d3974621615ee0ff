// 8-bit products with AVX-512 VNNI: 16 rows in one register. `dpbusd` multiplies unsigned by signed
// bytes: weights come raised by 128, and a product starts from -128 times the sum of the
// activations, which quantizing has computed.
#if defined(__x86_64__)

#include "tile_int8.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

INLINE __m512i spread4(const uint8_t *bytes) {
  int32_t group;
  memcpy(&group, bytes, 4);
  return _mm512_set1_epi32(group);
}

// Products of groups `first ..< first + count` of a block.
INLINE void dot(
    const uint8_t *numbers, const uint8_t *block, const int columns, const int first,
    const int count, const int start, __m512i *dots) {
  const int32_t *starts = bora_tile_starts(block, columns, start);
  for (int c = 0; c < columns; c++) dots[c] = _mm512_set1_epi32(starts[c]);
#pragma clang loop unroll(full)
  for (int g = first; g < first + count; g++) {
    __m512i weights = _mm512_loadu_si512(numbers + 64 * g);
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++)
      dots[c] = _mm512_dpbusd_epi32(dots[c], weights, spread4(block + (g * columns + c) * 4));
  }
}

INLINE void tile_columns(
    const bora_expanded *panel, size_t blocks, const uint8_t *block, const int columns,
    const bora_scaling scaling, float *sums) {
  __m512 sum[BORA_TILE_COLUMNS], products[BORA_TILE_COLUMNS];
  __m512i dots[BORA_TILE_COLUMNS];
  for (int c = 0; c < columns; c++) sum[c] = _mm512_loadu_ps(sums + 16 * c);
  for (size_t b = 0; b < blocks; b++, block += columns * BORA_TILE_BLOCK_BYTES) {
    const uint8_t *numbers = panel->numbers + 512 * b;
    const float *scales = bora_tile_scales(block, columns);
    if (scaling == BORA_HALF_BLOCKS) {
      dot(numbers, block, columns, 4, 4, BORA_START_HIGH, dots);
      __m512 scale = _mm512_loadu_ps(panel->scales[2 * b + 1]);
      for (int c = 0; c < columns; c++)
        products[c] = _mm512_mul_ps(_mm512_cvtepi32_ps(dots[c]), scale);
      dot(numbers, block, columns, 0, 4, BORA_START_LOW, dots);
      scale = _mm512_loadu_ps(panel->scales[2 * b]);
      for (int c = 0; c < columns; c++)
        products[c] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[c]), scale, products[c]);
    } else {
      dot(numbers, block, columns, 0, 8, BORA_START_BLOCK, dots);
      __m512 scale = _mm512_loadu_ps(panel->scales[b]);
      for (int c = 0; c < columns; c++)
        products[c] = _mm512_mul_ps(_mm512_cvtepi32_ps(dots[c]), scale);
    }
    for (int c = 0; c < columns; c++)
      sum[c] = _mm512_fmadd_ps(products[c], _mm512_set1_ps(scales[c]), sum[c]);
    if (scaling == BORA_WITH_MINIMUMS) {
      __m512 minimum = _mm512_loadu_ps(panel->minimums[b]);
      const float *scaled_sums = bora_tile_scaled_sums(block, columns);
      for (int c = 0; c < columns; c++)
        sum[c] = _mm512_fnmadd_ps(minimum, _mm512_set1_ps(scaled_sums[c]), sum[c]);
    }
  }
  for (int c = 0; c < columns; c++) _mm512_storeu_ps(sums + 16 * c, sum[c]);
}

INLINE void tile(
    const bora_expanded *panel, size_t blocks, const void *activations, size_t columns,
    float *sums, const bora_scaling scaling) {
  switch (columns) {
#define CASE(n) \
  case n: tile_columns(panel, blocks, activations, n, scaling, sums); break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
  }
}

void bora_tile_plain_avx512vnni(
    const bora_expanded *panel, size_t blocks, const void *activations, size_t columns,
    float *sums) {
  tile(panel, blocks, activations, columns, sums, BORA_PLAIN);
}

void bora_tile_minimums_avx512vnni(
    const bora_expanded *panel, size_t blocks, const void *activations, size_t columns,
    float *sums) {
  tile(panel, blocks, activations, columns, sums, BORA_WITH_MINIMUMS);
}

void bora_tile_halves_avx512vnni(
    const bora_expanded *panel, size_t blocks, const void *activations, size_t columns,
    float *sums) {
  tile(panel, blocks, activations, columns, sums, BORA_HALF_BLOCKS);
}

uint64_t bora_peak_int8_avx512vnni(size_t rounds) {
  __m512i sums[12], x = _mm512_set1_epi8(3);
  for (int c = 0; c < 12; c++) sums[c] = _mm512_set1_epi32(c);
  for (size_t i = 0; i < rounds; i++) {
    for (int c = 0; c < 12; c++) sums[c] = _mm512_dpbusd_epi32(sums[c], x, x);
    // Keeps the loop as it is written.
    __asm__ volatile("" : "+v"(sums[0]));
  }
  for (int c = 1; c < 12; c++) sums[0] = _mm512_add_epi32(sums[0], sums[c]);
  return rounds * 12 * 128 + (_mm512_reduce_add_epi32(sums[0]) == 1);
}

#pragma clang attribute pop

#endif
