// 8-bit products with AVX-512 VNNI: 16 rows in one register. `dpbusd` multiplies unsigned by signed
// bytes: weights come raised by 128, and a product starts lower by 128 times the sum of the
// activations, which quantizing has computed.
//
// The two pipes that multiply bound the speed. A block of 32 elements takes them 8 integer products
// and one fused product with the scales; everything else goes to the pipes that add.
#if defined(__x86_64__)

#include "tile_int8.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

INLINE __m512i spread(const int8_t group[4]) {
  int32_t word;
  memcpy(&word, group, 4);
  return _mm512_set1_epi32(word);
}

// Adds the products of groups `first ..< first + groups` of a block to the sums. Every group of
// activations is spread once for all panels: with one panel, loads would be as many as products.
INLINE void add_products(
    const bora_expanded *panels, const int count, size_t b, const bora_rounded *block,
    const int columns, const int first, const int groups, const bora_part part, size_t scale_row,
    __m512 sums[BORA_TILE_PANELS][BORA_TILE_COLUMNS]) {
  __m512i dots[BORA_TILE_PANELS][BORA_TILE_COLUMNS];
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) dots[p][c] = _mm512_set1_epi32(block[c].starts[part]);
#pragma clang loop unroll(full)
  for (int g = first; g < first + groups; g++) {
    __m512i weights[BORA_TILE_PANELS];
    for (int p = 0; p < count; p++)
      weights[p] = _mm512_loadu_si512(panels[p].numbers + 512 * b + 64 * g);
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++) {
      __m512i own = spread(block[c].groups[g]);
      for (int p = 0; p < count; p++)
        dots[p][c] = _mm512_dpbusd_epi32(dots[p][c], weights[p], own);
    }
  }
  for (int p = 0; p < count; p++) {
    const float *scales = panels[p].scales[scale_row][0];
    for (int c = 0; c < columns; c++) {
      __m512 product =
          _mm512_sub_ps(_mm512_castsi512_ps(dots[p][c]), _mm512_set1_ps(block[c].origin));
      sums[p][c] = _mm512_fmadd_ps(product, _mm512_loadu_ps(scales + block[c].step), sums[p][c]);
    }
  }
}

INLINE void tile_columns(
    const bora_expanded *panels, const int count, size_t blocks, const bora_rounded *block,
    const int columns, float *sums, size_t stride, const bora_scaling scaling) {
  __m512 own[BORA_TILE_PANELS][BORA_TILE_COLUMNS];
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) own[p][c] = _mm512_loadu_ps(sums + p * stride + 16 * c);
  for (size_t b = 0; b < blocks; b++, block += columns) {
    // The next tile, which follows.
    for (int c = 0; c < columns; c++)
      _mm_prefetch(block + blocks * (size_t)columns + c, _MM_HINT_T0);
    const int parts = scaling & BORA_HALF_BLOCKS ? 2 : 1, groups = 8 / parts;
    for (int i = 0; i < parts; i++)
      add_products(
          panels, count, b, block, columns, i * groups, groups, bora_part_of(scaling, i),
          parts * b + i, own);
    if (!(scaling & BORA_WITH_MINIMUMS)) continue;
    for (int i = 0; i < parts; i++) {
      const bora_part part = bora_part_of(scaling, i);
      for (int p = 0; p < count; p++) {
        __m512 minimum = _mm512_loadu_ps(panels[p].minimums[parts * b + i]);
        for (int c = 0; c < columns; c++) {
          __m512 scaled_sum = _mm512_set1_ps(block[c].scaled_sums[part]);
          own[p][c] = _mm512_fnmadd_ps(minimum, scaled_sum, own[p][c]);
        }
      }
    }
  }
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) _mm512_storeu_ps(sums + p * stride + 16 * c, own[p][c]);
}

INLINE void tile(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride, const bora_scaling scaling) {
  switch (columns) {
#define CASE(n)                                                                               \
  case n:                                                                                     \
    if (count == 2) tile_columns(panels, 2, blocks, activations, n, sums, stride, scaling);   \
    else tile_columns(panels, 1, blocks, activations, n, sums, stride, scaling);              \
    break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#undef CASE
  }
}

void bora_tile_plain_avx512vnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_PLAIN);
}

void bora_tile_minimums_avx512vnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_WITH_MINIMUMS);
}

void bora_tile_halves_avx512vnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS);
}

void bora_tile_half_minimums_avx512vnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS_WITH_MINIMUMS);
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
