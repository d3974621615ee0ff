// Products of a packed panel with a few columns, with AVX-512 VNNI: one pass over the weights as
// they lie in memory, for generation. Same sums in the same order as the tiles (tile_int8.h).
#if defined(__x86_64__)

#include "tile_int8.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

// How far ahead of the weights being read memory is asked for, bytes.
enum { PREFETCH = 4096 };

INLINE __m512i load(const uint8_t *bytes) {
  _mm_prefetch((const char *)bytes + PREFETCH, _MM_HINT_T0);
  return _mm512_loadu_si512(bytes);
}

INLINE __m512 load_halves(const uint8_t *bytes) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const void *)bytes));
}

// Multiplies one group of four elements with every column.
INLINE void multiply(
    __m512i weights, const uint8_t *block, const int columns, const int g, __m512i *dots) {
  for (int c = 0; c < columns; c++) {
    int32_t group;
    memcpy(&group, block + (g * columns + c) * 4, 4);
    dots[c] = _mm512_dpbusd_epi32(dots[c], weights, _mm512_set1_epi32(group));
  }
}

// Where products start whose weights are raised by 128 >> `shift`.
INLINE void begin(
    const uint8_t *block, const int columns, const int part, const int shift, __m512i *dots) {
  const int32_t *starts = bora_tile_starts(block, columns, part);
  for (int c = 0; c < columns; c++) dots[c] = _mm512_set1_epi32(starts[c] >> shift);
}

INLINE void add_scaled(
    const __m512i *dots, __m512 scale, const uint8_t *block, const int columns, __m512 *sums) {
  const float *scales = bora_tile_scales(block, columns);
  for (int c = 0; c < columns; c++)
    sums[c] = _mm512_fmadd_ps(
        _mm512_mul_ps(_mm512_cvtepi32_ps(dots[c]), scale), _mm512_set1_ps(scales[c]), sums[c]);
}

INLINE void multiply_q8_0(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  const __m512i sign = _mm512_set1_epi8((char)0x80);
  for (size_t b = 0; b < blocks; b++, panel += 544, block += columns * BORA_TILE_BLOCK_BYTES) {
    __m512i dots[BORA_TILE_COLUMNS];
    begin(block, columns, BORA_START_BLOCK, 0, dots);
    for (int g = 0; g < 8; g++)
      multiply(_mm512_xor_si512(load(panel + 64 * g), sign), block, columns, g, dots);
    add_scaled(dots, load_halves(panel + 512), block, columns, sums);
  }
}

INLINE void multiply_q4_0(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  const __m512i nibble = _mm512_set1_epi8(15);
  for (size_t b = 0; b < blocks; b++, panel += 288, block += columns * BORA_TILE_BLOCK_BYTES) {
    __m512i dots[BORA_TILE_COLUMNS];
    begin(block, columns, BORA_START_BLOCK, 4, dots);
    for (int g = 0; g < 4; g++) {
      __m512i bytes = load(panel + 64 * g);
      multiply(_mm512_and_si512(bytes, nibble), block, columns, g, dots);
      bytes = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble);
      multiply(bytes, block, columns, g + 4, dots);
    }
    add_scaled(dots, load_halves(panel + 256), block, columns, sums);
  }
}

// Scale or minimum `sub` of eight, from their words of four bytes.
INLINE __m512 sub_scale(const __m512i words[2], int sub) {
  __m512i own = _mm512_srli_epi32(words[sub / 4], (unsigned)(8 * (sub % 4)));
  return _mm512_cvtepi32_ps(_mm512_and_si512(own, _mm512_set1_epi32(255)));
}

INLINE void multiply_q4_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  const __m512i nibble = _mm512_set1_epi8(15), six = _mm512_set1_epi8(63);
  const __m512i top = _mm512_set1_epi8(0x30);
  for (size_t b = 0; b < blocks; b += 8, panel += 2304) {
    __m512i x = load(panel + 2048), y = load(panel + 2112), z = load(panel + 2176);
    __m512i scales[2] = {
        _mm512_and_si512(x, six),
        _mm512_or_si512(
            _mm512_and_si512(z, nibble), _mm512_and_si512(_mm512_srli_epi32(x, 2), top))};
    __m512i minimums[2] = {
        _mm512_and_si512(y, six),
        _mm512_or_si512(
            _mm512_and_si512(_mm512_srli_epi32(z, 4), nibble),
            _mm512_and_si512(_mm512_srli_epi32(y, 2), top))};
    __m512 scale = load_halves(panel + 2240), minimum = load_halves(panel + 2272);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      __m512i dots[BORA_TILE_COLUMNS];
      for (int c = 0; c < columns; c++) dots[c] = _mm512_setzero_si512();
      for (int g = 0; g < 8; g++) {
        const uint8_t *from = panel + 512 * (sub / 2) + 64 * g;
        __m512i bytes = sub % 2 ? _mm512_srli_epi16(_mm512_loadu_si512(from), 4) : load(from);
        multiply(_mm512_and_si512(bytes, nibble), block, columns, g, dots);
      }
      add_scaled(dots, _mm512_mul_ps(scale, sub_scale(scales, sub)), block, columns, sums);
      __m512 own = _mm512_mul_ps(minimum, sub_scale(minimums, sub));
      const float *scaled_sums = bora_tile_scaled_sums(block, columns);
      for (int c = 0; c < columns; c++)
        sums[c] = _mm512_fnmadd_ps(own, _mm512_set1_ps(scaled_sums[c]), sums[c]);
    }
  }
}

// Group `g` of sub-block `sub` of Q6_K, raised by 32.
INLINE __m512i read_q6_k(const uint8_t *panel, int sub, int g) {
  const uint8_t *low = panel + 64 * (16 * (sub / 4) + 8 * (sub % 2) + g);
  const uint8_t *high = panel + 2048 + 64 * (8 * (sub / 4) + g);
  int quarter = sub % 4;
  __m512i four = quarter < 2 ? load(low) : _mm512_srli_epi16(_mm512_loadu_si512(low), 4);
  __m512i two = quarter == 0 ? load(high) : _mm512_loadu_si512(high);
  two = quarter < 3 ? _mm512_slli_epi16(two, (unsigned)(4 - 2 * quarter))
                    : _mm512_srli_epi16(two, 2);
  // (four & 15) | (two & 48)
  four = _mm512_and_si512(four, _mm512_set1_epi8(15));
  return _mm512_ternarylogic_epi32(four, two, _mm512_set1_epi8(48), 0xf8);
}

INLINE void multiply_q6_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 3360) {
    __m512 scale = load_halves(panel + 3328);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      for (int i = 0; i < 2; i++) {
        const uint8_t *bytes = panel + 3072 + 16 * (2 * sub + i);
        __m512i wide = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)bytes));
        __m512i dots[BORA_TILE_COLUMNS];
        begin(block, columns, i == 0 ? BORA_START_LOW : BORA_START_HIGH, 2, dots);
        for (int g = 4 * i; g < 4 * i + 4; g++)
          multiply(read_q6_k(panel, sub, g), block, columns, g, dots);
        add_scaled(
            dots, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(wide)), block, columns, sums);
      }
    }
  }
}

#define DEFINE_DIRECT(format)                                                                   \
  INLINE void columns_##format(                                                                 \
      const void *panel, size_t blocks, const void *tile, const int columns, float *sums) {     \
    __m512 own[BORA_TILE_COLUMNS];                                                            \
    for (int c = 0; c < columns; c++) own[c] = _mm512_loadu_ps(sums + 16 * c);                  \
    multiply_##format(panel, blocks, tile, columns, own);                                       \
    for (int c = 0; c < columns; c++) _mm512_storeu_ps(sums + 16 * c, own[c]);                  \
  }                                                                                             \
  void bora_direct_##format##_avx512vnni(                                                       \
      const void *panel, size_t blocks, const void *tile, size_t columns, float *sums) {        \
    switch (columns) {                                                                          \
    case 1: columns_##format(panel, blocks, tile, 1, sums); break;                              \
    case 2: columns_##format(panel, blocks, tile, 2, sums); break;                              \
    case 3: columns_##format(panel, blocks, tile, 3, sums); break;                              \
    case 4: columns_##format(panel, blocks, tile, 4, sums); break;                              \
    case 5: columns_##format(panel, blocks, tile, 5, sums); break;                              \
    case 6: columns_##format(panel, blocks, tile, 6, sums); break;                              \
    }                                                                                           \
  }

DEFINE_DIRECT(q8_0)
DEFINE_DIRECT(q4_0)
DEFINE_DIRECT(q4_k)
DEFINE_DIRECT(q6_k)

#pragma clang attribute pop

#endif
