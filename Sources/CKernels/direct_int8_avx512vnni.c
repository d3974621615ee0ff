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

INLINE __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512(bytes); }

// Weights come from memory nearly as fast as by a bare read as long as the processor foresees where
// a kernel goes on: it reads line by line in order, each line once, in loops of a dozen loads at
// most, and asks for a line far ahead at each. So loops over parts of a block are not unrolled.
#define ROLLED _Pragma("clang loop unroll(disable)")
#define UNROLLED _Pragma("clang loop unroll(full)")

// Asks for `bytes` of weights, as far behind `weights` as `PREFETCH` says.
INLINE void fetch_ahead(const uint8_t *weights, const int bytes) {
  UNROLLED for (int i = 0; i < bytes; i += 64)
    _mm_prefetch((const char *)weights + PREFETCH + i, _MM_HINT_T0);
}

// Loads a line of weights that are read for the first time.
INLINE __m512i stream(const uint8_t *line) {
  fetch_ahead(line, 64);
  return load(line);
}

INLINE __m512 load_halves(const uint8_t *bytes) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const void *)bytes));
}

INLINE __m512 scaled(__m512 value, const float factor) {
  return _mm512_mul_ps(value, _mm512_set1_ps(factor));
}

// Multiplies one group of four elements with every column.
INLINE void multiply(
    __m512i weights, const bora_rounded *block, const int columns, const int g, __m512i *dots) {
  UNROLLED for (int c = 0; c < columns; c++) {
    int32_t group;
    memcpy(&group, block[c].groups[g], 4);
    dots[c] = _mm512_dpbusd_epi32(dots[c], weights, _mm512_set1_epi32(group));
  }
}

// Where products start.
INLINE void begin(const bora_rounded *block, const int columns, __m512i *dots) {
  UNROLLED for (int c = 0; c < columns; c++)
    dots[c] = _mm512_castps_si512(_mm512_set1_ps(block[c].origin));
}

// Where products start whose weights are raised by 128. Numbers that are raised by less are kept in
// the upper bits of their bytes instead, 4 to 32 times as large; the scale makes up for it, by a
// power of two, which changes no bit of the product.
INLINE void begin_raised(
    const bora_rounded *block, const int columns, const bora_part part, __m512i *dots) {
  UNROLLED for (int c = 0; c < columns; c++) dots[c] = _mm512_set1_epi32(block[c].starts[part]);
}

// The scales of 16 rows, for each step.
typedef float row_scales[BORA_SCALE_STEPS][16];

INLINE void store_scales(row_scales out, __m512 scales) {
  _mm512_storeu_ps(out[0], scales);
  _mm512_storeu_ps(out[1], scaled(scales, BORA_STEP_FACTOR));
}

INLINE void add_scaled(
    const __m512i *dots, const row_scales scales, const bora_rounded *block, const int columns,
    __m512 *sums) {
  UNROLLED for (int c = 0; c < columns; c++) {
    __m512 product = _mm512_sub_ps(_mm512_castsi512_ps(dots[c]), _mm512_set1_ps(block[c].origin));
    sums[c] = _mm512_fmadd_ps(product, _mm512_loadu_ps(scales[0] + block[c].step), sums[c]);
  }
}

INLINE void subtract_minimum(
    __m512 minimum, const bora_rounded *block, const int columns, const bora_part part,
    __m512 *sums) {
  UNROLLED for (int c = 0; c < columns; c++)
    sums[c] = _mm512_fnmadd_ps(minimum, _mm512_set1_ps(block[c].scaled_sums[part]), sums[c]);
}

INLINE void multiply_q8_0(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  const __m512i sign = _mm512_set1_epi8((char)0x80);
  for (size_t b = 0; b < blocks; b++, panel += 544, block += columns) {
    __m512i dots[BORA_WIDE_TILE_COLUMNS];
    begin_raised(block, columns, BORA_WHOLE, dots);
    for (int g = 0; g < 8; g++)
      multiply(_mm512_xor_si512(stream(panel + 64 * g), sign), block, columns, g, dots);
    fetch_ahead(panel + 512, 32);
    row_scales scales;
    store_scales(scales, load_halves(panel + 512));
    add_scaled(dots, scales, block, columns, sums);
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

// Multiplies 32 elements, of which i and i + 16 share a byte, 16 times as large. In the IQ4 formats
// that is an index of a number, here raised by 128.
INLINE void multiply_nibbles(
    const uint8_t *nibbles, const bool indexed, const bora_rounded *block, const int columns,
    __m512i *dots) {
  const __m512i mask = _mm512_set1_epi8(indexed ? 15 : (char)0xf0);
  const __m512i values = _mm512_xor_si512(
      _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)bora_iq4_values)),
      _mm512_set1_epi8((char)0x80));
  for (int g = 0; g < 4; g++) {
    __m512i bytes = stream(nibbles + 64 * g);
    __m512i low = indexed ? bytes : shift_right(bytes, -4);
    __m512i high = indexed ? shift_right(bytes, 4) : bytes;
    low = _mm512_and_si512(low, mask);
    high = _mm512_and_si512(high, mask);
    if (indexed) {
      low = _mm512_shuffle_epi8(values, low);
      high = _mm512_shuffle_epi8(values, high);
    }
    multiply(low, block, columns, g, dots);
    multiply(high, block, columns, g + 4, dots);
  }
}

INLINE void multiply_q4_0(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 288, block += columns) {
    __m512i dots[BORA_WIDE_TILE_COLUMNS];
    begin_raised(block, columns, BORA_WHOLE, dots);
    multiply_nibbles(panel, false, block, columns, dots);
    fetch_ahead(panel + 256, 32);
    row_scales scales;
    store_scales(scales, scaled(load_halves(panel + 256), 0x1p-4f));
    add_scaled(dots, scales, block, columns, sums);
  }
}

INLINE __m512 negative(__m512 value) { return _mm512_xor_ps(value, _mm512_set1_ps(-0.0f)); }

INLINE void multiply_q4_1(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 320, block += columns) {
    __m512i dots[BORA_WIDE_TILE_COLUMNS];
    begin(block, columns, dots);
    multiply_nibbles(panel, false, block, columns, dots);
    fetch_ahead(panel + 256, 64);
    row_scales scales;
    store_scales(scales, scaled(load_halves(panel + 256), 0x1p-4f));
    add_scaled(dots, scales, block, columns, sums);
    __m512 minimum = negative(load_halves(panel + 288));
    subtract_minimum(minimum, block, columns, BORA_WHOLE, sums);
  }
}

// `numbers` of group `g`, with 128 added where bit 4g + j of a row's word is set.
INLINE __m512i add_fifth_bits(__m512i numbers, __m512i words, const int g) {
  const __m512i first = _mm512_set4_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0);
  __m512i bytes =
      _mm512_shuffle_epi8(words, _mm512_add_epi8(first, _mm512_set1_epi8((char)(g / 2))));
  const __m512i bits = _mm512_set1_epi32(g % 2 == 0 ? 0x08040201 : (int)0x80402010);
  return _mm512_mask_add_epi8(
      numbers, _mm512_test_epi8_mask(bytes, bits), numbers, _mm512_set1_epi8((char)0x80));
}

// Multiplies 32 numbers of 5 bits, 8 times as large.
INLINE void multiply_fives(
    const uint8_t *panel, const bora_rounded *block, const int columns, __m512i *dots) {
  const __m512i mask = _mm512_set1_epi8(15 << 3), words = stream(panel);
  UNROLLED for (int g = 0; g < 4; g++) {
    __m512i bytes = stream(panel + 64 + 64 * g);
    __m512i low = _mm512_and_si512(shift_right(bytes, -3), mask);
    __m512i high = _mm512_and_si512(shift_right(bytes, 1), mask);
    multiply(add_fifth_bits(low, words, g), block, columns, g, dots);
    multiply(add_fifth_bits(high, words, g + 4), block, columns, g + 4, dots);
  }
}

INLINE void multiply_q5_0(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 352, block += columns) {
    __m512i dots[BORA_WIDE_TILE_COLUMNS];
    begin_raised(block, columns, BORA_WHOLE, dots);
    multiply_fives(panel, block, columns, dots);
    fetch_ahead(panel + 320, 32);
    row_scales scales;
    store_scales(scales, scaled(load_halves(panel + 320), 0x1p-3f));
    add_scaled(dots, scales, block, columns, sums);
  }
}

INLINE void multiply_q5_1(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 384, block += columns) {
    __m512i dots[BORA_WIDE_TILE_COLUMNS];
    begin(block, columns, dots);
    multiply_fives(panel, block, columns, dots);
    fetch_ahead(panel + 320, 64);
    row_scales scales;
    store_scales(scales, scaled(load_halves(panel + 320), 0x1p-3f));
    add_scaled(dots, scales, block, columns, sums);
    __m512 minimum = negative(load_halves(panel + 352));
    subtract_minimum(minimum, block, columns, BORA_WHOLE, sums);
  }
}

// Bits of each word from bit `first` on, as many as `mask` has.
INLINE __m512i bits_of(__m512i words, const int first, const int mask) {
  return _mm512_and_si512(_mm512_srli_epi32(words, (unsigned)first), _mm512_set1_epi32(mask));
}

// Byte `i` of each row's words.
INLINE __m512i byte_of(const __m512i *words, const int i) {
  return bits_of(words[i / 4], 8 * (i % 4), 255);
}

INLINE __m512 times(__m512 factor, __m512i integers) {
  return _mm512_mul_ps(factor, _mm512_cvtepi32_ps(integers));
}

// Scales, and minimums where there are any, of the parts of a block of 256 elements.
typedef struct facts {
  row_scales scales[16];
  __m512 minimums[16];
} facts;

// Numbers of Q2_K stay where they are in their bytes, 1, 4, 16 or 64 times as large.
INLINE void read_facts_q2_k(const uint8_t *panel, facts *out) {
  __m512i words[4];
  UNROLLED for (int i = 0; i < 4; i++) words[i] = stream(panel + 64 * i);
  fetch_ahead(panel + 256, 64);
  __m512 scales[4] = {load_halves(panel + 256)}, minimum = load_halves(panel + 288);
  UNROLLED for (int i = 1; i < 4; i++)
    scales[i] = _mm512_mul_ps(scales[i - 1], _mm512_set1_ps(0.25f));
  UNROLLED for (int i = 0; i < 16; i++) {
    const int first = 8 * (i % 4);
    store_scales(out->scales[i], times(scales[i / 2 % 4], bits_of(words[i / 4], first, 15)));
    out->minimums[i] = times(minimum, bits_of(words[i / 4], first + 4, 15));
  }
}

INLINE void read_facts_q3_k(const uint8_t *panel, facts *out) {
  __m512i x = stream(panel), y = stream(panel + 64), z = stream(panel + 128);
  fetch_ahead(panel + 192, 32);
  const __m512i words[4] = {
      combine(x, 15, shift_right(z, -4), 0x30), combine(y, 15, shift_right(z, -2), 0x30),
      combine(shift_right(x, 4), 15, z, 0x30),
      combine(shift_right(y, 4), 15, shift_right(z, 2), 0x30)};
  __m512 scale = scaled(load_halves(panel + 192), 0x1p-5f);
  UNROLLED for (int i = 0; i < 16; i++)
    store_scales(
        out->scales[i],
        times(scale, _mm512_sub_epi32(byte_of(words, i), _mm512_set1_epi32(32))));
  // The high bits, which every half of the block needs.
  fetch_ahead(panel + 224, 512);
}

INLINE void read_facts_q6_k(const uint8_t *panel, facts *out) {
  fetch_ahead(panel, 288);
  __m512 scale = scaled(load_halves(panel + 256), 0x1p-2f);
  UNROLLED for (int i = 0; i < 16; i++) {
    __m128i bytes = _mm_loadu_si128((const void *)(panel + 16 * i));
    store_scales(out->scales[i], times(scale, _mm512_cvtepi8_epi32(bytes)));
  }
}

// Group `g` of the four sub-blocks of half a block.
INLINE void read_twos(const uint8_t *panel, int half, int g, __m512i out[4]) {
  __m512i bytes = stream(panel + 320 + 64 * (8 * half + g));
  UNROLLED for (int q = 0; q < 4; q++)
    out[q] = _mm512_and_si512(bytes, _mm512_set1_epi8((char)(3 << 2 * q)));
}

// The same, raised by 4, 32 times as large.
INLINE void read_threes(const uint8_t *panel, int half, int g, __m512i out[4]) {
  __m512i two = stream(panel + 736 + 64 * (8 * half + g));
  __m512i bit = _mm512_srl_epi16(load(panel + 224 + 64 * g), _mm_cvtsi32_si128(4 * half));
  UNROLLED for (int q = 0; q < 4; q++)
    out[q] = combine(shift_right(two, 2 * q - 5), 3 << 5, shift_right(bit, q - 7), (char)0x80);
}

// The same, raised by 32, 4 times as large.
INLINE void read_sixes(const uint8_t *panel, int half, int g, __m512i out[4]) {
  const uint8_t *lines = panel + 288 + 192 * (8 * half + g);
  __m512i even = stream(lines), odd = stream(lines + 64), two = stream(lines + 128);
  const char low = 15 << 2, high = (char)0xc0;
  out[0] = combine(shift_right(even, -2), low, shift_right(two, -6), high);
  out[1] = combine(shift_right(odd, -2), low, shift_right(two, -4), high);
  out[2] = combine(shift_right(even, 2), low, shift_right(two, -2), high);
  out[3] = combine(shift_right(odd, 2), low, two, high);
}

// Multiplies half `i` of each of four sub-blocks: as many at once as there are registers for their
// sums.
INLINE void multiply_quarters(
    const bora_format format, const uint8_t *panel, int half, int i, const bora_rounded *block,
    const int columns, __m512i dots[4][BORA_WIDE_TILE_COLUMNS]) {
  const int together = columns > BORA_TILE_COLUMNS ? 2 : 4;
  UNROLLED for (int first = 0; first < 4; first += together) {
    const int end = first + together;
    __m512i own[4][BORA_WIDE_TILE_COLUMNS];
    UNROLLED for (int q = first; q < end; q++)
      if (format == BORA_Q2_K) begin(block + q * columns, columns, own[q]);
      else begin_raised(block + q * columns, columns, BORA_LOW + i, own[q]);
    UNROLLED for (int g = 0; g < 4; g++) {
      __m512i four[4];
      if (format == BORA_Q2_K) read_twos(panel, half, 4 * i + g, four);
      else if (format == BORA_Q3_K) read_threes(panel, half, 4 * i + g, four);
      else read_sixes(panel, half, 4 * i + g, four);
      UNROLLED for (int q = first; q < end; q++)
        multiply(four[q], block + q * columns, columns, 4 * i + g, own[q]);
    }
    UNROLLED for (int q = first; q < end; q++)
      UNROLLED for (int c = 0; c < columns; c++) dots[q][c] = own[q][c];
  }
}

// Formats whose scales span 16 elements: Q2_K, Q3_K and Q6_K. Four sub-blocks share their bytes,
// and sums are added in the order of the elements afterwards.
INLINE void multiply_sixteens(
    const bora_format format, const uint8_t *panel, const size_t panel_bytes, size_t blocks,
    const bora_rounded *block, const int columns, __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += panel_bytes) {
    facts facts;
    if (format == BORA_Q2_K) read_facts_q2_k(panel, &facts);
    else if (format == BORA_Q3_K) read_facts_q3_k(panel, &facts);
    else read_facts_q6_k(panel, &facts);
    const row_scales *scales = facts.scales;
    const __m512 *minimums = facts.minimums;
    ROLLED for (int half = 0; half < 2; half++, scales += 8, minimums += 8) {
      __m512i dots[2][4][BORA_WIDE_TILE_COLUMNS];
      ROLLED for (int i = 0; i < 2; i++)
        multiply_quarters(format, panel, half, i, block, columns, dots[i]);
      UNROLLED for (int q = 0; q < 4; q++, block += columns) {
        UNROLLED for (int i = 0; i < 2; i++)
          add_scaled(dots[i][q], scales[2 * q + i], block, columns, sums);
        UNROLLED for (int i = 0; i < 2 && format == BORA_Q2_K; i++)
          subtract_minimum(minimums[2 * q + i], block, columns, BORA_LOW + i, sums);
      }
    }
  }
}

// The eight scales and minimums of Q4_K and Q5_K.
INLINE void read_sub_facts(const uint8_t *panel, facts *out) {
  __m512i x = stream(panel), y = stream(panel + 64), z = stream(panel + 128);
  fetch_ahead(panel + 192, 64);
  const __m512i six = _mm512_set1_epi8(63);
  const __m512i scales[2] = {_mm512_and_si512(x, six), combine(z, 15, shift_right(x, 2), 0x30)};
  const __m512i minimums[2] = {
      _mm512_and_si512(y, six), combine(shift_right(z, 4), 15, shift_right(y, 2), 0x30)};
  __m512 scale = load_halves(panel + 192), minimum = load_halves(panel + 224);
  UNROLLED for (int sub = 0; sub < 8; sub++) {
    store_scales(out->scales[sub], times(scale, byte_of(scales, sub)));
    out->minimums[sub] = times(minimum, byte_of(minimums, sub));
  }
}

// Q4_K and Q5_K: two sub-blocks share their bytes.
INLINE void multiply_pairs(
    const bora_format format, const uint8_t *panel, const size_t panel_bytes, size_t blocks,
    const bora_rounded *block, const int columns, __m512 *sums) {
  const bool has_fifth_bit = format == BORA_Q5_K;
  for (size_t b = 0; b < blocks; b += 8, panel += panel_bytes) {
    facts facts;
    read_sub_facts(panel, &facts);
    const uint8_t *high = panel + 256, *numbers = high + (has_fifth_bit ? 512 : 0);
    // Every pair needs the fifth bits.
    if (has_fifth_bit) fetch_ahead(high, 512);
    ROLLED for (int pair = 0; pair < 4; pair++, numbers += 512) {
      __m512i dots[2][BORA_WIDE_TILE_COLUMNS];
      UNROLLED for (int i = 0; i < 2; i++) begin(block + i * columns, columns, dots[i]);
      UNROLLED for (int g = 0; g < 8; g++) {
        __m512i bytes = stream(numbers + 64 * g), bits = _mm512_setzero_si512();
        if (has_fifth_bit)
          bits = _mm512_srl_epi16(load(high + 64 * g), _mm_cvtsi32_si128(2 * pair));
        UNROLLED for (int i = 0; i < 2; i++) {
          __m512i four = shift_right(bytes, 4 * i);
          __m512i weights = has_fifth_bit ? combine(four, 15, shift_right(bits, i - 4), 16)
                                          : _mm512_and_si512(four, _mm512_set1_epi8(15));
          multiply(weights, block + i * columns, columns, g, dots[i]);
        }
      }
      UNROLLED for (int i = 0; i < 2; i++, block += columns) {
        add_scaled(dots[i], facts.scales[2 * pair + i], block, columns, sums);
        subtract_minimum(facts.minimums[2 * pair + i], block, columns, BORA_WHOLE, sums);
      }
    }
  }
}

#define DEFINE_BLOCKS_OF_256(name, format, panel_bytes, multiply)                               \
  INLINE void multiply_##name(                                                                  \
      const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,        \
      __m512 *sums) {                                                                           \
    multiply(format, panel, panel_bytes, blocks, block, columns, sums);                         \
  }

DEFINE_BLOCKS_OF_256(q2_k, BORA_Q2_K, 1344, multiply_sixteens)
DEFINE_BLOCKS_OF_256(q3_k, BORA_Q3_K, 1760, multiply_sixteens)
DEFINE_BLOCKS_OF_256(q4_k, BORA_Q4_K, 2304, multiply_pairs)
DEFINE_BLOCKS_OF_256(q5_k, BORA_Q5_K, 2816, multiply_pairs)
DEFINE_BLOCKS_OF_256(q6_k, BORA_Q6_K, 3360, multiply_sixteens)

INLINE void multiply_iq4_nl(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  for (size_t b = 0; b < blocks; b++, panel += 288, block += columns) {
    __m512i dots[BORA_WIDE_TILE_COLUMNS];
    begin_raised(block, columns, BORA_WHOLE, dots);
    multiply_nibbles(panel, true, block, columns, dots);
    fetch_ahead(panel + 256, 32);
    row_scales scales;
    store_scales(scales, load_halves(panel + 256));
    add_scaled(dots, scales, block, columns, sums);
  }
}

INLINE void multiply_iq4_xs(
    const uint8_t *panel, size_t blocks, const bora_rounded *block, const int columns,
    __m512 *sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 2176) {
    __m512i low = stream(panel);
    fetch_ahead(panel + 64, 64);
    __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(panel + 64)));
    __m512 scale = load_halves(panel + 96);
    row_scales scales[8];
    UNROLLED for (int sub = 0; sub < 8; sub++) {
      __m512i six = _mm512_or_si512(
          bits_of(low, 4 * sub, 15), _mm512_slli_epi32(bits_of(high, 2 * sub, 3), 4));
      store_scales(scales[sub], times(scale, _mm512_sub_epi32(six, _mm512_set1_epi32(32))));
    }
    ROLLED for (int sub = 0; sub < 8; sub++, block += columns) {
      __m512i dots[BORA_WIDE_TILE_COLUMNS];
      begin_raised(block, columns, BORA_WHOLE, dots);
      multiply_nibbles(panel + 128 + 256 * sub, true, block, columns, dots);
      add_scaled(dots, scales[sub], block, columns, sums);
    }
  }
}

#define DEFINE_DIRECT(format)                                                                   \
  INLINE void columns_##format(                                                                 \
      const void *panel, size_t blocks, const bora_rounded *tile, const int columns,            \
      float *sums) {                                                                            \
    __m512 own[BORA_WIDE_TILE_COLUMNS];                                                         \
    for (int c = 0; c < columns; c++) own[c] = _mm512_loadu_ps(sums + 16 * c);                  \
    multiply_##format(panel, blocks, tile, columns, own);                                       \
    for (int c = 0; c < columns; c++) _mm512_storeu_ps(sums + 16 * c, own[c]);                  \
  }                                                                                             \
  void bora_direct_##format##_avx512vnni(                                                       \
      const void *panel, size_t blocks, const bora_rounded *tile, size_t columns,               \
      float *sums) {                                                                            \
    switch (columns) {                                                                          \
    case 1: columns_##format(panel, blocks, tile, 1, sums); break;                              \
    case 2: columns_##format(panel, blocks, tile, 2, sums); break;                              \
    case 3: columns_##format(panel, blocks, tile, 3, sums); break;                              \
    case 4: columns_##format(panel, blocks, tile, 4, sums); break;                              \
    case 5: columns_##format(panel, blocks, tile, 5, sums); break;                              \
    case 6: columns_##format(panel, blocks, tile, 6, sums); break;                              \
    case 7: columns_##format(panel, blocks, tile, 7, sums); break;                              \
    case 8: columns_##format(panel, blocks, tile, 8, sums); break;                              \
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
