// 8-bit products with AVX2: two registers of 8 rows. `maddubs` multiplies unsigned by signed bytes
// into 16-bit pairs: |weight| ≤ 128 times a signed activation of at most 127 never saturates.
#if defined(__x86_64__)

#include "tile_int8.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

// Columns whose sums fit into registers.
enum { COLUMNS = 2 };

static inline __attribute__((always_inline)) __m256i spread(const int8_t group[4]) {
  int32_t word;
  memcpy(&word, group, 4);
  return _mm256_set1_epi32(word);
}

// The products of groups `first ..< first + count`, added to each column's origin:
// `dots[column][half panel]`.
static inline __attribute__((always_inline)) void dot(
    const uint8_t *numbers, const bora_rounded *block, const int columns, const int first,
    const int count, __m256i dots[COLUMNS][2]) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (int c = 0; c < columns; c++)
    dots[c][0] = dots[c][1] = _mm256_castps_si256(_mm256_set1_ps(block[c].origin));
  for (int g = first; g < first + count; g++) {
    __m256i weights[2] = {
        _mm256_loadu_si256((const void *)(numbers + 64 * g)),
        _mm256_loadu_si256((const void *)(numbers + 64 * g + 32))};
    __m256i sizes[2] = {_mm256_abs_epi8(weights[0]), _mm256_abs_epi8(weights[1])};
    for (int c = 0; c < columns; c++) {
      __m256i own = spread(block[c].groups[g]);
      for (int h = 0; h < 2; h++) {
        __m256i pairs = _mm256_maddubs_epi16(sizes[h], _mm256_sign_epi8(own, weights[h]));
        dots[c][h] = _mm256_add_epi32(dots[c][h], _mm256_madd_epi16(pairs, ones));
      }
    }
  }
}

static inline __attribute__((always_inline)) void tile_columns(
    const bora_expanded *panel, size_t blocks, const bora_rounded *block, size_t stride,
    const int columns, const bora_scaling scaling, float *sums) {
  __m256 sum[COLUMNS][2];
  for (int c = 0; c < columns; c++)
    for (int h = 0; h < 2; h++) sum[c][h] = _mm256_loadu_ps(sums + 16 * c + 8 * h);
  for (size_t b = 0; b < blocks; b++, block += stride) {
    const uint8_t *numbers = panel->numbers + 512 * b;
    const int parts = scaling & BORA_HALF_BLOCKS ? 2 : 1, groups = 8 / parts;
    for (int i = 0; i < parts; i++) {
      __m256i dots[COLUMNS][2];
      dot(numbers, block, columns, i * groups, groups, dots);
      for (int h = 0; h < 2; h++) {
        const float *scales = panel->scales[parts * b + i][0] + 8 * h;
        for (int c = 0; c < columns; c++) {
          __m256 product =
              _mm256_sub_ps(_mm256_castsi256_ps(dots[c][h]), _mm256_set1_ps(block[c].origin));
          __m256 scale = _mm256_loadu_ps(scales + block[c].step);
          sum[c][h] = _mm256_fmadd_ps(product, scale, sum[c][h]);
        }
      }
    }
    if (!(scaling & BORA_WITH_MINIMUMS)) continue;
    for (int i = 0; i < parts; i++) {
      const bora_part part = bora_part_of(scaling, i);
      for (int h = 0; h < 2; h++) {
        __m256 minimum = _mm256_loadu_ps(panel->minimums[parts * b + i] + 8 * h);
        for (int c = 0; c < columns; c++)
          sum[c][h] =
              _mm256_fnmadd_ps(minimum, _mm256_set1_ps(block[c].scaled_sums[part]), sum[c][h]);
      }
    }
  }
  for (int c = 0; c < columns; c++)
    for (int h = 0; h < 2; h++) _mm256_storeu_ps(sums + 16 * c + 8 * h, sum[c][h]);
}

static inline __attribute__((always_inline)) void tile(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride, const bora_scaling scaling) {
  for (size_t p = 0; p < count; p++, sums += stride) {
    size_t c = 0;
    for (; c + COLUMNS <= columns; c += COLUMNS)
      tile_columns(
          panels + p, blocks, activations + c, columns, COLUMNS, scaling, sums + 16 * c);
    if (c < columns)
      tile_columns(panels + p, blocks, activations + c, columns, 1, scaling, sums + 16 * c);
  }
}

void bora_tile_plain_avx2(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_PLAIN);
}

void bora_tile_minimums_avx2(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_WITH_MINIMUMS);
}

void bora_tile_halves_avx2(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS);
}

void bora_tile_half_minimums_avx2(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS_WITH_MINIMUMS);
}

uint64_t bora_peak_int8_avx2(size_t rounds) {
  __m256i sums[8], x = _mm256_set1_epi8(3), ones = _mm256_set1_epi16(1);
  for (int c = 0; c < 8; c++) sums[c] = _mm256_set1_epi32(c);
  for (size_t i = 0; i < rounds; i++)
    for (int c = 0; c < 8; c++) {
      __m256i pairs = _mm256_maddubs_epi16(x, x);
      __asm__ volatile("" : "+x"(pairs));
      sums[c] = _mm256_add_epi32(sums[c], _mm256_madd_epi16(pairs, ones));
    }
  for (int c = 1; c < 8; c++) sums[0] = _mm256_add_epi32(sums[0], sums[c]);
  return rounds * 8 * 64 + (_mm256_extract_epi32(sums[0], 0) == 1);
}

#pragma clang attribute pop

#endif
