// 8-bit products with AVX-VNNI, which processors without AVX-512 have too: two registers of 8 rows.
// Weights come raised by 128, as for AVX-512 VNNI (tile_int8_avx512vnni.c).
#if defined(__x86_64__)

#include "tile_int8.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

// Columns whose products and sums fit into registers.
enum { COLUMNS = 3 };

// Adds the products of groups `first ..< first + groups` of a block to the sums.
INLINE void add_products(
    const bora_expanded *panel, size_t b, const bora_rounded *block, const int columns,
    const int first, const int groups, const bora_part part, size_t scale_row,
    __m256 sums[COLUMNS][2]) {
  __m256i dots[COLUMNS][2];
  for (int c = 0; c < columns; c++)
    dots[c][0] = dots[c][1] = _mm256_set1_epi32(block[c].starts[part]);
  for (int g = first; g < first + groups; g++) {
    const uint8_t *numbers = panel->numbers + 512 * b + 64 * g;
    __m256i weights[2] = {
        _mm256_loadu_si256((const void *)numbers),
        _mm256_loadu_si256((const void *)(numbers + 32))};
    for (int c = 0; c < columns; c++) {
      int32_t group;
      memcpy(&group, block[c].groups[g], 4);
      __m256i own = _mm256_set1_epi32(group);
      for (int h = 0; h < 2; h++)
        dots[c][h] = _mm256_dpbusd_avx_epi32(dots[c][h], weights[h], own);
    }
  }
  for (int h = 0; h < 2; h++) {
    const float *scales = panel->scales[scale_row][0] + 8 * h;
    for (int c = 0; c < columns; c++) {
      __m256 product =
          _mm256_sub_ps(_mm256_castsi256_ps(dots[c][h]), _mm256_set1_ps(block[c].origin));
      sums[c][h] = _mm256_fmadd_ps(product, _mm256_loadu_ps(scales + block[c].step), sums[c][h]);
    }
  }
}

INLINE void tile_columns(
    const bora_expanded *panel, size_t blocks, const bora_rounded *block, size_t stride,
    const int columns, const bora_scaling scaling, float *sums) {
  __m256 own[COLUMNS][2];
  for (int c = 0; c < columns; c++)
    for (int h = 0; h < 2; h++) own[c][h] = _mm256_loadu_ps(sums + 16 * c + 8 * h);
  for (size_t b = 0; b < blocks; b++, block += stride) {
    const int parts = scaling & BORA_HALF_BLOCKS ? 2 : 1, groups = 8 / parts;
    for (int i = 0; i < parts; i++)
      add_products(
          panel, b, block, columns, i * groups, groups, bora_part_of(scaling, i), parts * b + i,
          own);
    if (!(scaling & BORA_WITH_MINIMUMS)) continue;
    for (int i = 0; i < parts; i++) {
      const bora_part part = bora_part_of(scaling, i);
      for (int h = 0; h < 2; h++) {
        __m256 minimum = _mm256_loadu_ps(panel->minimums[parts * b + i] + 8 * h);
        for (int c = 0; c < columns; c++)
          own[c][h] =
              _mm256_fnmadd_ps(minimum, _mm256_set1_ps(block[c].scaled_sums[part]), own[c][h]);
      }
    }
  }
  for (int c = 0; c < columns; c++)
    for (int h = 0; h < 2; h++) _mm256_storeu_ps(sums + 16 * c + 8 * h, own[c][h]);
}

INLINE void tile(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride, const bora_scaling scaling) {
  for (size_t p = 0; p < count; p++, sums += stride)
    for (size_t c = 0; c < columns; c += COLUMNS) {
      float *own = sums + 16 * c;
      const bora_rounded *first = activations + c;
      switch (columns - c) {
      case 1: tile_columns(panels + p, blocks, first, columns, 1, scaling, own); break;
      case 2: tile_columns(panels + p, blocks, first, columns, 2, scaling, own); break;
      default: tile_columns(panels + p, blocks, first, columns, 3, scaling, own);
      }
    }
}

void bora_tile_plain_avxvnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_PLAIN);
}

void bora_tile_minimums_avxvnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_WITH_MINIMUMS);
}

void bora_tile_halves_avxvnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS);
}

void bora_tile_half_minimums_avxvnni(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS_WITH_MINIMUMS);
}

uint64_t bora_peak_int8_avxvnni(size_t rounds) {
  __m256i sums[12], x = _mm256_set1_epi8(3);
  for (int c = 0; c < 12; c++) sums[c] = _mm256_set1_epi32(c);
  for (size_t i = 0; i < rounds; i++) {
    for (int c = 0; c < 12; c++) sums[c] = _mm256_dpbusd_avx_epi32(sums[c], x, x);
    // Keeps the loop as it is written.
    __asm__ volatile("" : "+x"(sums[0]));
  }
  for (int c = 1; c < 12; c++) sums[0] = _mm256_add_epi32(sums[0], sums[c]);
  return rounds * 12 * 64 + (_mm256_extract_epi32(sums[0], 0) == 1);
}

#pragma clang attribute pop

#endif
