// Products of a packed panel with a few columns, with AVX2: one pass over the weights as they lie
// in memory, for generation. Same sums in the same order as the tiles (tile_int8.h).
//
// `maddubs` multiplies unsigned by signed bytes into 16-bit pairs, which are summed as long as they
// cannot overflow before they are widened.
#if defined(__x86_64__)

#include "tile_int8.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

// Columns whose sums fit into registers, and registers of a panel's rows.
enum { COLUMNS = 2, HALVES = 2 };

// How far ahead of the weights being read memory is asked for, bytes.
enum { PREFETCH = 4096 };

// As in direct_int8_avx512vnni.c: what is read in order by loops of few loads comes fastest.
#define ROLLED _Pragma("clang loop unroll(disable)")
#define UNROLLED _Pragma("clang loop unroll(full)")

// Some columns of a tile of activations: `block` is the present block of the first of them.
typedef struct columns {
  const bora_rounded *block;
  size_t tile_columns;
} columns;

// Sums of a panel: `[column][half of the rows]`.
typedef __m256 float_sums[COLUMNS][HALVES];
typedef __m256i int_sums[COLUMNS][HALVES];

INLINE __m256i load(const uint8_t *bytes) { return _mm256_loadu_si256((const void *)bytes); }

INLINE __m256 load_halves(const uint8_t *bytes) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const void *)bytes));
}

// Asks for `bytes` of weights, as far behind `weights` as `PREFETCH` says.
INLINE void fetch_ahead(const uint8_t *weights, const int bytes) {
  for (int i = 0; i < bytes; i += 64)
    _mm_prefetch((const char *)weights + PREFETCH + i, _MM_HINT_T0);
}

INLINE __m256i spread(const int8_t group[4]) {
  int32_t word;
  memcpy(&word, group, 4);
  return _mm256_set1_epi32(word);
}

INLINE void next_block(columns *own) { own->block += own->tile_columns; }

// Where products start.
INLINE void begin(const columns *own, const int count, int_sums dots) {
  for (int c = 0; c < count; c++)
    for (int h = 0; h < HALVES; h++)
      dots[c][h] = _mm256_castps_si256(_mm256_set1_ps(own->block[c].origin));
}

// Where products start whose weights are raised by 128 >> `shift`.
INLINE void begin_raised(
    const columns *own, const int count, const bora_part part, const int shift, int_sums dots) {
  begin(own, count, dots);
  for (int c = 0; c < count; c++)
    for (int h = 0; h < HALVES; h++) {
      __m256i raise = _mm256_sub_epi32(_mm256_set1_epi32(own->block[c].starts[part]), dots[c][h]);
      dots[c][h] = _mm256_add_epi32(dots[c][h], _mm256_srai_epi32(raise, shift));
    }
}

INLINE void clear(const int count, int_sums sums) {
  for (int c = 0; c < count; c++)
    for (int h = 0; h < HALVES; h++) sums[c][h] = _mm256_setzero_si256();
}

// Adds the products of group `g` with unsigned weights to the pairs.
INLINE void multiply(
    const __m256i weights[HALVES], const columns *own, const int count, const int g,
    int_sums pairs) {
  for (int c = 0; c < count; c++) {
    __m256i group = spread(own->block[c].groups[g]);
    for (int h = 0; h < HALVES; h++)
      pairs[c][h] = _mm256_add_epi16(pairs[c][h], _mm256_maddubs_epi16(weights[h], group));
  }
}

INLINE void add_pairs(const int_sums pairs, const int count, int_sums dots) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (int c = 0; c < count; c++)
    for (int h = 0; h < HALVES; h++)
      dots[c][h] = _mm256_add_epi32(dots[c][h], _mm256_madd_epi16(pairs[c][h], ones));
}

// The scales of 16 rows, for each step.
typedef float row_scales[BORA_SCALE_STEPS][16];

// Those of half `h` of the rows.
INLINE void store_scales(row_scales out, const int h, __m256 scales) {
  _mm256_storeu_ps(out[0] + 8 * h, scales);
  _mm256_storeu_ps(out[1] + 8 * h, _mm256_mul_ps(scales, _mm256_set1_ps(BORA_STEP_FACTOR)));
}

INLINE void add_scaled(
    const int_sums dots, const row_scales scales, const columns *own, const int count,
    float_sums sums) {
  for (int c = 0; c < count; c++)
    for (int h = 0; h < HALVES; h++) {
      __m256 product =
          _mm256_sub_ps(_mm256_castsi256_ps(dots[c][h]), _mm256_set1_ps(own->block[c].origin));
      __m256 scale = _mm256_loadu_ps(scales[0] + own->block[c].step + 8 * h);
      sums[c][h] = _mm256_fmadd_ps(product, scale, sums[c][h]);
    }
}

INLINE void subtract_minimum(
    const __m256 minimum[HALVES], const columns *own, const int count, float_sums sums) {
  for (int c = 0; c < count; c++)
    for (int h = 0; h < HALVES; h++)
      sums[c][h] = _mm256_fnmadd_ps(
          minimum[h], _mm256_set1_ps(own->block[c].scaled_sums[BORA_WHOLE]), sums[c][h]);
}

INLINE void multiply_q8_0(
    const uint8_t *panel, size_t blocks, columns own, const int count, float_sums sums) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t b = 0; b < blocks; b++, panel += 544, next_block(&own)) {
    int_sums dots;
    begin(&own, count, dots);
    fetch_ahead(panel + 512, 32);
    for (int g = 0; g < 8; g++) {
      fetch_ahead(panel + 64 * g, 64);
      for (int h = 0; h < HALVES; h++) {
        // Signed weights: their magnitudes with the activations' signs turned.
        __m256i weights = load(panel + 64 * g + 32 * h), sizes = _mm256_abs_epi8(weights);
        for (int c = 0; c < count; c++) {
          __m256i group = _mm256_sign_epi8(spread(own.block[c].groups[g]), weights);
          __m256i pairs = _mm256_maddubs_epi16(sizes, group);
          dots[c][h] = _mm256_add_epi32(dots[c][h], _mm256_madd_epi16(pairs, ones));
        }
      }
    }
    row_scales scales;
    for (int h = 0; h < HALVES; h++) store_scales(scales, h, load_halves(panel + 512 + 16 * h));
    add_scaled(dots, scales, &own, count, sums);
  }
}

// Numbers of up to 15: the pairs of a whole block stay below 8 · 2 · 15 · 127 = 30,480.
INLINE void multiply_q4_0(
    const uint8_t *panel, size_t blocks, columns own, const int count, float_sums sums) {
  const __m256i mask = _mm256_set1_epi8(15);
  for (size_t b = 0; b < blocks; b++, panel += 288, next_block(&own)) {
    fetch_ahead(panel + 256, 32);
    int_sums dots, pairs;
    begin_raised(&own, count, BORA_WHOLE, 4, dots);
    clear(count, pairs);
    for (int g = 0; g < 4; g++) {
      fetch_ahead(panel + 64 * g, 64);
      __m256i low[HALVES], high[HALVES];
      for (int h = 0; h < HALVES; h++) {
        __m256i bytes = load(panel + 64 * g + 32 * h);
        low[h] = _mm256_and_si256(bytes, mask);
        high[h] = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask);
      }
      multiply(low, &own, count, g, pairs);
      multiply(high, &own, count, g + 4, pairs);
    }
    add_pairs(pairs, count, dots);
    row_scales scales;
    for (int h = 0; h < HALVES; h++) store_scales(scales, h, load_halves(panel + 256 + 16 * h));
    add_scaled(dots, scales, &own, count, sums);
  }
}

// (a & low) | (b >> shift & high), each byte by itself.
INLINE __m256i join(__m256i a, const int low, __m256i b, const int shift, const int high) {
  return _mm256_or_si256(
      _mm256_and_si256(a, _mm256_set1_epi8((char)low)),
      _mm256_and_si256(_mm256_srli_epi16(b, shift), _mm256_set1_epi8((char)high)));
}

// Byte `i` of each row's words, times `factor`.
INLINE __m256 scale_of(const __m256i *words, const int i, __m256 factor) {
  __m256i own =
      _mm256_and_si256(_mm256_srli_epi32(words[i / 4], 8 * (i % 4)), _mm256_set1_epi32(255));
  return _mm256_mul_ps(factor, _mm256_cvtepi32_ps(own));
}

// Scales, and minimums where there are any, of the parts of a block of 256 elements.
typedef struct facts {
  row_scales scales[16];
  __m256 minimums[8][HALVES];
} facts;

INLINE void read_facts_q4_k(const uint8_t *panel, facts *out) {
  const __m256i six = _mm256_set1_epi8(63);
  fetch_ahead(panel, 256);
  for (int h = 0; h < HALVES; h++) {
    const uint8_t *own = panel + 32 * h;
    __m256i x = load(own), y = load(own + 64), z = load(own + 128);
    const __m256i scales[2] = {_mm256_and_si256(x, six), join(z, 15, x, 2, 0x30)};
    const __m256i minimums[2] = {
        _mm256_and_si256(y, six), join(_mm256_srli_epi16(z, 4), 15, y, 2, 0x30)};
    __m256 scale = load_halves(panel + 192 + 16 * h), minimum = load_halves(panel + 224 + 16 * h);
    UNROLLED for (int sub = 0; sub < 8; sub++) {
      store_scales(out->scales[sub], h, scale_of(scales, sub, scale));
      out->minimums[sub][h] = scale_of(minimums, sub, minimum);
    }
  }
}

INLINE void multiply_q4_k(
    const uint8_t *panel, size_t blocks, columns own, const int count, float_sums sums) {
  const __m256i mask = _mm256_set1_epi8(15);
  for (size_t b = 0; b < blocks; b += 8, panel += 2304) {
    facts facts;
    read_facts_q4_k(panel, &facts);
    const uint8_t *numbers = panel + 256;
    ROLLED for (int pair = 0; pair < 4; pair++, numbers += 512) {
      UNROLLED for (int i = 0; i < 2; i++, next_block(&own)) {
        int_sums dots, pairs;
        begin(&own, count, dots);
        clear(count, pairs);
        UNROLLED for (int g = 0; g < 8; g++) {
          if (i == 0) fetch_ahead(numbers + 64 * g, 64);
          __m256i weights[HALVES];
          for (int h = 0; h < HALVES; h++) {
            __m256i bytes = load(numbers + 64 * g + 32 * h);
            weights[h] = _mm256_and_si256(_mm256_srli_epi16(bytes, 4 * i), mask);
          }
          multiply(weights, &own, count, g, pairs);
        }
        add_pairs(pairs, count, dots);
        add_scaled(dots, facts.scales[2 * pair + i], &own, count, sums);
        subtract_minimum(facts.minimums[2 * pair + i], &own, count, sums);
      }
    }
  }
}

INLINE void read_facts_q6_k(const uint8_t *panel, facts *out) {
  fetch_ahead(panel, 288);
  for (int h = 0; h < HALVES; h++) {
    const __m256 factor = load_halves(panel + 256 + 16 * h);
    for (int i = 0; i < 16; i++) {
      const uint8_t *bytes = panel + 16 * i + 8 * h;
      __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)bytes));
      store_scales(out->scales[i], h, _mm256_mul_ps(factor, _mm256_cvtepi32_ps(wide)));
    }
  }
}

// Half a group of sub-block `q` of half a block of Q6_K, raised by 32.
INLINE __m256i read_q6_k(const uint8_t *lines, const int q) {
  __m256i low = load(lines + 64 * (q % 2)), high = load(lines + 128);
  low = _mm256_srli_epi16(low, q / 2 * 4);
  return q < 2 ? join(low, 15, _mm256_slli_epi16(high, 4 - 2 * q), 0, 48)
               : join(low, 15, high, 2 * q - 4, 48);
}

// Numbers of up to 63: the pairs of two groups stay below 2 · 2 · 63 · 127 = 32,004.
INLINE void multiply_q6_k(
    const uint8_t *panel, size_t blocks, columns own, const int count, float_sums sums) {
  for (size_t b = 0; b < blocks; b += 8, panel += 3360) {
    facts facts;
    read_facts_q6_k(panel, &facts);
    const uint8_t *half = panel + 288;
    ROLLED for (int part = 0; part < 16; half += 1536)
      UNROLLED for (int q = 0; q < 4; q++, next_block(&own))
        UNROLLED for (int i = 0; i < 2; i++, part++) {
          int_sums dots;
          begin_raised(&own, count, BORA_LOW + i, 2, dots);
          for (int g = 4 * i; g < 4 * i + 4; g += 2) {
            int_sums pairs;
            clear(count, pairs);
            for (int next = g; next < g + 2; next++) {
              const uint8_t *lines = half + 192 * next;
              if (q == 0) fetch_ahead(lines, 192);
              const __m256i weights[HALVES] = {read_q6_k(lines, q), read_q6_k(lines + 32, q)};
              multiply(weights, &own, count, next, pairs);
            }
            add_pairs(pairs, count, dots);
          }
          add_scaled(dots, facts.scales[part], &own, count, sums);
        }
  }
}

#define DEFINE_DIRECT(format)                                                                   \
  INLINE void columns_##format(                                                                 \
      const void *panel, size_t blocks, columns own, const int count, float *sums) {            \
    float_sums kept;                                                                            \
    for (int c = 0; c < count; c++)                                                             \
      for (int h = 0; h < HALVES; h++) kept[c][h] = _mm256_loadu_ps(sums + 16 * c + 8 * h);     \
    multiply_##format(panel, blocks, own, count, kept);                                         \
    for (int c = 0; c < count; c++)                                                             \
      for (int h = 0; h < HALVES; h++) _mm256_storeu_ps(sums + 16 * c + 8 * h, kept[c][h]);     \
  }                                                                                             \
  void bora_direct_##format##_avx2(                                                             \
      const void *panel, size_t blocks, const bora_rounded *tile, size_t count, float *sums) {  \
    size_t c = 0;                                                                               \
    for (; c + COLUMNS <= count; c += COLUMNS)                                                  \
      columns_##format(panel, blocks, (columns){tile + c, count}, COLUMNS, sums + 16 * c);      \
    if (c < count)                                                                              \
      columns_##format(panel, blocks, (columns){tile + c, count}, 1, sums + 16 * c);            \
  }

DEFINE_DIRECT(q8_0)
DEFINE_DIRECT(q4_0)
DEFINE_DIRECT(q4_k)
DEFINE_DIRECT(q6_k)

#pragma clang attribute pop

#endif
