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

// How far ahead of the weights being read memory is asked for, bytes. Blocks of Q8_0 are read
// strictly in order, which the processor foresees by itself: there farther is worse.
enum { PREFETCH = 8192, PREFETCH_Q8_0 = 4096 };

INLINE __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512(bytes); }

// Asks for as much memory as `bytes` of weights, which are about to be read: every line of it.
INLINE void fetch_ahead(const uint8_t *weights, const int bytes) {
  for (int i = 0; i < bytes; i += 64)
    _mm_prefetch((const char *)weights + PREFETCH + i, _MM_HINT_T0);
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

INLINE void subtract_minimum(
    __m512 minimum, const uint8_t *block, const int columns, const int part, __m512 *sums) {
  const float *scaled_sums = bora_tile_scaled_sums(block, columns, part);
  for (int c = 0; c < columns; c++)
    sums[c] = _mm512_fnmadd_ps(minimum, _mm512_set1_ps(scaled_sums[c]), sums[c]);
}

INLINE void multiply_q8_0(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  const __m512i sign = _mm512_set1_epi8((char)0x80);
  for (size_t b = 0; b < blocks; b++, panel += 544, block += columns * BORA_TILE_BLOCK_BYTES) {
    __m512i dots[BORA_TILE_COLUMNS];
    begin(block, columns, BORA_WHOLE, 0, dots);
    for (int g = 0; g < 8; g++) {
      const uint8_t *group = panel + 64 * g;
      _mm_prefetch((const char *)group + PREFETCH_Q8_0, _MM_HINT_T0);
      multiply(_mm512_xor_si512(load(group), sign), block, columns, g, dots);
    }
    add_scaled(dots, load_halves(panel + 512), block, columns, sums);
  }
}

// Bytes shifted right, or left where `shift` is negative; bits of a neighbour come in.
INLINE __m512i shift_right(__m512i bytes, const int shift) {
  return shift == 0  ? bytes
         : shift > 0 ? _mm512_srli_epi16(bytes, (unsigned)shift)
                     : _mm512_slli_epi16(bytes, (unsigned)-shift);
}

// (a & mask_a) | (b & mask_b), the masks for each byte.
INLINE __m512i combine(__m512i a, const char mask_a, __m512i b, const char mask_b) {
  a = _mm512_and_si512(a, _mm512_set1_epi8(mask_a));
  return _mm512_ternarylogic_epi32(a, b, _mm512_set1_epi8(mask_b), 0xf8);
}

// Multiplies 32 elements, of which i and i + 16 share a byte. In the IQ4 formats that is an index
// of a number, here raised by 128.
INLINE void multiply_nibbles(
    const uint8_t *nibbles, const bool indexed, const uint8_t *block, const int columns,
    __m512i *dots) {
  const __m512i mask = _mm512_set1_epi8(15);
  const __m512i values = _mm512_xor_si512(
      _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)bora_iq4_values)),
      _mm512_set1_epi8((char)0x80));
  for (int g = 0; g < 4; g++) {
    __m512i bytes = load(nibbles + 64 * g);
    __m512i low = _mm512_and_si512(bytes, mask);
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask);
    if (indexed) {
      low = _mm512_shuffle_epi8(values, low);
      high = _mm512_shuffle_epi8(values, high);
    }
    multiply(low, block, columns, g, dots);
    multiply(high, block, columns, g + 4, dots);
  }
}

INLINE void multiply_q4_0(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 288, block += columns * BORA_TILE_BLOCK_BYTES) {
    fetch_ahead(panel, 288);
    __m512i dots[BORA_TILE_COLUMNS];
    begin(block, columns, BORA_WHOLE, 4, dots);
    multiply_nibbles(panel, false, block, columns, dots);
    add_scaled(dots, load_halves(panel + 256), block, columns, sums);
  }
}

INLINE void clear(const int columns, __m512i *dots) {
  for (int c = 0; c < columns; c++) dots[c] = _mm512_setzero_si512();
}

INLINE __m512 negative(__m512 value) { return _mm512_xor_ps(value, _mm512_set1_ps(-0.0f)); }

INLINE void multiply_q4_1(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 320, block += columns * BORA_TILE_BLOCK_BYTES) {
    fetch_ahead(panel, 320);
    __m512i dots[BORA_TILE_COLUMNS];
    clear(columns, dots);
    multiply_nibbles(panel, false, block, columns, dots);
    add_scaled(dots, load_halves(panel + 256), block, columns, sums);
    __m512 minimum = negative(load_halves(panel + 288));
    subtract_minimum(minimum, block, columns, BORA_WHOLE, sums);
  }
}

// `numbers` of group `g`, with 16 added where bit 4g + j of a row's word is set.
INLINE __m512i add_fifth_bits(__m512i numbers, __m512i words, const int g) {
  const __m512i first = _mm512_set4_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0);
  __m512i bytes =
      _mm512_shuffle_epi8(words, _mm512_add_epi8(first, _mm512_set1_epi8((char)(g / 2))));
  const __m512i bits = _mm512_set1_epi32(g % 2 == 0 ? 0x08040201 : (int)0x80402010);
  return _mm512_mask_add_epi8(
      numbers, _mm512_test_epi8_mask(bytes, bits), numbers, _mm512_set1_epi8(16));
}

INLINE void multiply_fives(
    const uint8_t *panel, const uint8_t *block, const int columns, __m512i *dots) {
  const __m512i mask = _mm512_set1_epi8(15), words = load(panel + 256);
#pragma clang loop unroll(full)
  for (int g = 0; g < 4; g++) {
    __m512i bytes = load(panel + 64 * g);
    __m512i low = _mm512_and_si512(bytes, mask);
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask);
    multiply(add_fifth_bits(low, words, g), block, columns, g, dots);
    multiply(add_fifth_bits(high, words, g + 4), block, columns, g + 4, dots);
  }
}

INLINE void multiply_q5_0(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 352, block += columns * BORA_TILE_BLOCK_BYTES) {
    fetch_ahead(panel, 352);
    __m512i dots[BORA_TILE_COLUMNS];
    begin(block, columns, BORA_WHOLE, 3, dots);
    multiply_fives(panel, block, columns, dots);
    add_scaled(dots, load_halves(panel + 320), block, columns, sums);
  }
}

INLINE void multiply_q5_1(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 384, block += columns * BORA_TILE_BLOCK_BYTES) {
    fetch_ahead(panel, 384);
    __m512i dots[BORA_TILE_COLUMNS];
    clear(columns, dots);
    multiply_fives(panel, block, columns, dots);
    add_scaled(dots, load_halves(panel + 320), block, columns, sums);
    __m512 minimum = negative(load_halves(panel + 352));
    subtract_minimum(minimum, block, columns, BORA_WHOLE, sums);
  }
}

// Bits of each word from bit `first` on, as many as `mask` has.
INLINE __m512i bits_of(__m512i words, const int first, const int mask) {
  return _mm512_and_si512(_mm512_srli_epi32(words, (unsigned)first), _mm512_set1_epi32(mask));
}

INLINE void multiply_q2_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 1344) {
    __m512i words[4];
    for (int i = 0; i < 4; i++) words[i] = load(panel + 1024 + 64 * i);
    // Numbers stay where they are in their bytes, 1, 4, 16 or 64 times as large; the scale makes
    // up for it, by a power of two, which changes no bit of the product.
    __m512 scales[4] = {load_halves(panel + 1280)}, minimum = load_halves(panel + 1312);
    for (int i = 1; i < 4; i++) scales[i] = _mm512_mul_ps(scales[i - 1], _mm512_set1_ps(0.25f));
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      fetch_ahead(panel + 168 * sub, 168);
      const __m512i mask = _mm512_set1_epi8((char)(3 << 2 * (sub % 4)));
      for (int i = 0; i < 2; i++) {
        __m512i dots[BORA_TILE_COLUMNS];
        clear(columns, dots);
        for (int g = 4 * i; g < 4 * i + 4; g++) {
          const uint8_t *from = panel + 64 * (8 * (sub / 4) + g);
          __m512i bytes = load(from);
          multiply(_mm512_and_si512(bytes, mask), block, columns, g, dots);
        }
        __m512i own = bits_of(words[sub / 2], 16 * (sub % 2) + 8 * i, 15);
        __m512 scale = _mm512_mul_ps(scales[sub % 4], _mm512_cvtepi32_ps(own));
        add_scaled(dots, scale, block, columns, sums);
      }
      for (int i = 0; i < 2; i++) {
        __m512i own = bits_of(words[sub / 2], 16 * (sub % 2) + 8 * i + 4, 15);
        subtract_minimum(
            _mm512_mul_ps(minimum, _mm512_cvtepi32_ps(own)), block, columns, BORA_LOW + i, sums);
      }
    }
  }
}

// Group `g` of sub-block `sub` of Q3_K, raised by 4.
INLINE __m512i read_q3_k(const uint8_t *panel, int sub, int g) {
  const uint8_t *low = panel + 64 * (8 * (sub / 4) + g), *high = panel + 1024 + 64 * g;
  __m512i two = load(low);
  __m512i bit = load(high);
  return combine(shift_right(two, 2 * (sub % 4)), 3, shift_right(bit, sub - 2), 4);
}

INLINE void multiply_q3_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 1760) {
    __m512i x = load(panel + 1536), y = load(panel + 1600), z = load(panel + 1664);
    const __m512i words[4] = {
        combine(x, 15, shift_right(z, -4), 0x30), combine(y, 15, shift_right(z, -2), 0x30),
        combine(shift_right(x, 4), 15, z, 0x30),
        combine(shift_right(y, 4), 15, shift_right(z, 2), 0x30)};
    __m512 scale = load_halves(panel + 1728);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      fetch_ahead(panel + 220 * sub, 220);
      for (int i = 0; i < 2; i++) {
        __m512i dots[BORA_TILE_COLUMNS];
        begin(block, columns, BORA_LOW + i, 5, dots);
        for (int g = 4 * i; g < 4 * i + 4; g++)
          multiply(read_q3_k(panel, sub, g), block, columns, g, dots);
        __m512i own = _mm512_sub_epi32(
            bits_of(words[sub / 2], 16 * (sub % 2) + 8 * i, 63), _mm512_set1_epi32(32));
        add_scaled(dots, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(own)), block, columns, sums);
      }
    }
  }
}

// Group `g` of sub-block `sub` of Q4_K.
INLINE __m512i read_q4_k(const uint8_t *panel, int sub, int g) {
  const uint8_t *from = panel + 512 * (sub / 2) + 64 * g;
  __m512i bytes = sub % 2 == 0 ? load(from) : _mm512_srli_epi16(load(from), 4);
  return _mm512_and_si512(bytes, _mm512_set1_epi8(15));
}

// Group `g` of sub-block `sub` of Q5_K.
INLINE __m512i read_q5_k(const uint8_t *panel, int sub, int g) {
  const uint8_t *high = panel + 2048 + 64 * g;
  __m512i bit = load(high);
  return combine(read_q4_k(panel, sub, g), 15, shift_right(bit, sub - 4), 16);
}

// Q4_K and Q5_K, whose blocks begin with `number_bytes` of numbers.
INLINE void multiply_sub_blocks(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns,
    const bool has_fifth_bit, __m512 *sums) {
  const int number_bytes = has_fifth_bit ? 2560 : 2048, block_bytes = number_bytes + 256;
  for (size_t b = 0; b < blocks; b += 8, panel += block_bytes) {
    const uint8_t *facts = panel + number_bytes;
    __m512i x = load(facts), y = load(facts + 64), z = load(facts + 128);
    const __m512i six = _mm512_set1_epi8(63);
    const __m512i scales[2] = {
        _mm512_and_si512(x, six), combine(z, 15, shift_right(x, 2), 0x30)};
    const __m512i minimums[2] = {
        _mm512_and_si512(y, six), combine(shift_right(z, 4), 15, shift_right(y, 2), 0x30)};
    __m512 scale = load_halves(facts + 192), minimum = load_halves(facts + 224);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      fetch_ahead(panel + sub * block_bytes / 8, block_bytes / 8);
      __m512i dots[BORA_TILE_COLUMNS];
      clear(columns, dots);
      for (int g = 0; g < 8; g++)
        multiply(
            has_fifth_bit ? read_q5_k(panel, sub, g) : read_q4_k(panel, sub, g), block, columns,
            g, dots);
      __m512 own = _mm512_cvtepi32_ps(bits_of(scales[sub / 4], 8 * (sub % 4), 255));
      add_scaled(dots, _mm512_mul_ps(scale, own), block, columns, sums);
      own = _mm512_cvtepi32_ps(bits_of(minimums[sub / 4], 8 * (sub % 4), 255));
      subtract_minimum(_mm512_mul_ps(minimum, own), block, columns, BORA_WHOLE, sums);
    }
  }
}

INLINE void multiply_q4_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  multiply_sub_blocks(panel, blocks, block, columns, false, sums);
}

INLINE void multiply_q5_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  multiply_sub_blocks(panel, blocks, block, columns, true, sums);
}

// Group `g` of sub-block `sub` of Q6_K, raised by 32.
INLINE __m512i read_q6_k(const uint8_t *panel, int sub, int g) {
  const uint8_t *low = panel + 64 * (16 * (sub / 4) + 8 * (sub % 2) + g);
  const uint8_t *high = panel + 2048 + 64 * (8 * (sub / 4) + g);
  int quarter = sub % 4;
  __m512i four = quarter < 2 ? load(low) : _mm512_srli_epi16(load(low), 4);
  __m512i two = load(high);
  return combine(four, 15, shift_right(two, 2 * quarter - 4), 48);
}

INLINE void multiply_q6_k(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 3360) {
    __m512 scale = load_halves(panel + 3328);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      fetch_ahead(panel + 420 * sub, 420);
      for (int i = 0; i < 2; i++) {
        const uint8_t *bytes = panel + 3072 + 16 * (2 * sub + i);
        __m512i wide = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)bytes));
        __m512i dots[BORA_TILE_COLUMNS];
        begin(block, columns, BORA_LOW + i, 2, dots);
        for (int g = 4 * i; g < 4 * i + 4; g++)
          multiply(read_q6_k(panel, sub, g), block, columns, g, dots);
        add_scaled(
            dots, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(wide)), block, columns, sums);
      }
    }
  }
}

INLINE void multiply_iq4_nl(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 288, block += columns * BORA_TILE_BLOCK_BYTES) {
    fetch_ahead(panel, 288);
    __m512i dots[BORA_TILE_COLUMNS];
    begin(block, columns, BORA_WHOLE, 0, dots);
    multiply_nibbles(panel, true, block, columns, dots);
    add_scaled(dots, load_halves(panel + 256), block, columns, sums);
  }
}

INLINE void multiply_iq4_xs(
    const uint8_t *panel, size_t blocks, const uint8_t *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 2176) {
    __m512i low = load(panel + 2048);
    __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(panel + 2112)));
    __m512 scale = load_halves(panel + 2144);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++, block += columns * BORA_TILE_BLOCK_BYTES) {
      fetch_ahead(panel + 272 * sub, 272);
      __m512i dots[BORA_TILE_COLUMNS];
      begin(block, columns, BORA_WHOLE, 0, dots);
      multiply_nibbles(panel + 256 * sub, true, block, columns, dots);
      __m512i six = _mm512_or_si512(
          bits_of(low, 4 * sub, 15), _mm512_slli_epi32(bits_of(high, 2 * sub, 3), 4));
      six = _mm512_sub_epi32(six, _mm512_set1_epi32(32));
      add_scaled(dots, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(six)), block, columns, sums);
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
DEFINE_DIRECT(q4_1)
DEFINE_DIRECT(q5_0)
DEFINE_DIRECT(q5_1)
DEFINE_DIRECT(q2_k)
DEFINE_DIRECT(q3_k)
DEFINE_DIRECT(q4_k)
DEFINE_DIRECT(q5_k)
DEFINE_DIRECT(q6_k)
DEFINE_DIRECT(iq4_nl)
DEFINE_DIRECT(iq4_xs)

#pragma clang attribute pop

#endif
