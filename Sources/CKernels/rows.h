// Rows of activations: rounding to 8 bits, norm, gates, soft cap, and products with f32 panels.
// Included by portable_*.c, which defines `FLOAT_PANELS` and `FLOAT_COLUMNS`, whose sums fit into
// registers.
#include "kernels.h"
#include "lanes.h"

#include <math.h>

// How far ahead of the activations being rounded memory is asked for, numbers.
enum { AHEAD = 128 };

// The scale of numbers up to `largest` in magnitude.
typedef struct rounding {
  float power;
  float inverse;
  // Of the scales' steps.
  uint32_t step;
} rounding;

// The smallest scale that `largest` is at most 127 times.
INLINE rounding rounding_of(float largest) {
  // Too small for a power whose inverse is a number: such a block is zero.
  if (largest <= 0x1p-100f) return (rounding){1, 0, 0};
  // No number, or too large for an origin: no number comes out.
  if (!(largest <= 0x1p110f)) return (rounding){NAN, 0, 0};
  // 127 is 63/64 of the way from 64 to 128: what lies above takes the next power of two.
  uint32_t bits = bora_bits_of_float(largest) + 0x1ffff, fraction = bits & 0x7fffff;
  uint32_t power = (bits & 0x7f800000) - (6 << 23);
  // 127 divided by √2 is 0.40316 of the way from 64 to 128.
  uint32_t step = fraction <= 0x1ffff + 0x339ae9;
  static const float factors[BORA_SCALE_STEPS] = {1, 0x1.6a09e6p0f};
  return (rounding){
      bora_float_of_bits(power),
      bora_float_of_bits((254 << 23) - power) * factors[step], step};
}

// The sums of all lanes of both, of the first's, and of the second's.
INLINE i32x4 part_sums(i32x16 first, i32x16 second) {
  i32x8 a = first.lo + first.hi, b = second.lo + second.hi;
  i32x4 c = a.lo + a.hi, d = b.lo + b.hi;
  i32x4 pairs =
      __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
  i32x4 halves = pairs + pairs.yxwz;
  i32x4 others = __builtin_shufflevector(halves, (i32x4)0, 2, 4, 4, 4);
  return __builtin_shufflevector(halves, halves, 0, 0, 2, 2) + others;
}

INLINE void quantize_block(const float *input, bora_rounded *out) {
  // Rows take turns block by block, which the processor does not foresee.
  __builtin_prefetch(input + AHEAD);
  __builtin_prefetch(input + AHEAD + 16);
  f32x16 low = load_f32(input), high = load_f32(input + 16);
  const rounding own = rounding_of(largest_magnitude(low, high));
  i32x16 first = round_to_int(low * own.inverse), second = round_to_int(high * own.inverse);
  i8x16 bytes[2] = {
      __builtin_convertvector(first, i8x16), __builtin_convertvector(second, i8x16)};
  memcpy(out->groups, bytes, sizeof bytes);
  out->origin = bora_origin_of_power(own.power);
  const float scale = own.step ? own.power * BORA_STEP_FACTOR : own.power;
  const i32x4 sums = part_sums(first, second);
  const f32x4 scaled_sums = scale * __builtin_convertvector(sums, f32x4);
  const i32x4 starts = (int32_t)bora_bits_of_float(out->origin) - 128 * sums;
  memcpy(out->scaled_sums, &scaled_sums, sizeof out->scaled_sums);
  memcpy(out->starts, &starts, sizeof out->starts);
  out->step = 16 * own.step;
}

static void quantize(
    const float *input, size_t stride, size_t count, size_t columns, void *tile) {
  bora_rounded *block = tile;
  for (size_t k = 0; k < count; k += 32)
    for (size_t c = 0; c < columns; c++) quantize_block(input + c * stride + k, block++);
}

// `[count][columns]`, rounded to bf16 where that `rounds` (tile_bfloat.h).
INLINE void turn_numbers(
    const float *input, size_t stride, size_t count, size_t columns, float *turned,
    const bool rounds) {
  for (size_t k = 0; k < count; k += 16, turned += 16 * columns)
    for (size_t c = 0; c < columns; c++) {
      size_t rest = count - k;
      const float *from = input + c * stride + k;
      f32x16 numbers = rest < 16 ? load_part(from, rest) : load_f32(from);
      if (rounds) {
        f32x16 zeros = __builtin_elementwise_copysign(spread(0), numbers);
        numbers = choose(__builtin_elementwise_abs(numbers) < 0x1p-126f, zeros, numbers);
        numbers = floats_of_bfloats(bfloats_of_floats(numbers));
      }
      float lanes[16];
      store_f32(lanes, numbers);
      for (size_t i = 0; i < 16 && i < rest; i++) turned[i * columns + c] = lanes[i];
    }
}

static void turn(const float *input, size_t stride, size_t count, size_t columns, void *tile) {
  turn_numbers(input, stride, count, columns, tile, false);
}

static void turn_rounded(
    const float *input, size_t stride, size_t count, size_t columns, void *tile) {
  turn_numbers(input, stride, count, columns, tile, true);
}

static void normalize(
    const float *input, const float *weight, float epsilon, size_t columns, bool accumulates,
    float *output) {
  size_t whole = columns / 16 * 16, rest = columns - whole;
  f32x16 squares = spread(0);
  for (size_t k = 0; k < whole; k += 16) {
    f32x16 x = load_f32(input + k);
    squares = fused(x, x, squares);
  }
  f32x16 last = load_part(input + whole, rest);
  squares = fused(last, last, squares);
  float mean = sum_lanes(squares) / (float)columns;
  float scale = 1 / __builtin_sqrtf(mean + epsilon);
  for (size_t k = 0; k < whole; k += 16) {
    f32x16 scaled = load_f32(input + k) * scale * load_f32(weight + k);
    store_f32(output + k, accumulates ? load_f32(output + k) + scaled : scaled);
  }
  f32x16 scaled = last * scale * load_part(weight + whole, rest);
  if (accumulates) scaled += load_part(output + whole, rest);
  store_part(output + whole, scaled, rest);
}

static void soft_cap(float cap, size_t count, float *values) {
  size_t whole = count / 16 * 16, rest = count - whole;
  for (size_t i = 0; i < whole; i += 16)
    store_f32(values + i, soft_capped(load_f32(values + i), cap));
  store_part(values + whole, soft_capped(load_part(values + whole, rest), cap), rest);
}

// The even lanes of 32 numbers, the odd ones, and both as they were.
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define LOW_PAIRS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_PAIRS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

// Turns 16 pairs of a head.
INLINE void rotate_interleaved(float *pairs, f32x16 cosines, f32x16 sines) {
  f32x16 low = load_f32(pairs), high = load_f32(pairs + 16);
  f32x16 x = __builtin_shufflevector(low, high, EVEN_LANES);
  f32x16 y = __builtin_shufflevector(low, high, ODD_LANES);
  f32x16 turned_x = x * cosines - y * sines, turned_y = x * sines + y * cosines;
  store_f32(pairs, __builtin_shufflevector(turned_x, turned_y, LOW_PAIRS));
  store_f32(pairs + 16, __builtin_shufflevector(turned_x, turned_y, HIGH_PAIRS));
}

INLINE void rotate_halves(float *first, float *second, f32x16 cosines, f32x16 sines) {
  f32x16 x = load_f32(first), y = load_f32(second);
  store_f32(first, x * cosines - y * sines);
  store_f32(second, x * sines + y * cosines);
}

static void rotate(
    const float *table, size_t pairs, bora_pairing pairing, size_t heads, size_t head_width,
    float *row) {
  size_t stride = pairing == BORA_INTERLEAVED ? 2 : 1;
  size_t distance = pairing == BORA_INTERLEAVED ? 1 : pairs;
  for (size_t h = 0; h < heads; h++, row += head_width) {
    size_t i = 0;
    for (; i + 16 <= pairs; i += 16) {
      f32x16 cosines = load_f32(table + i), sines = load_f32(table + pairs + i);
      if (pairing == BORA_INTERLEAVED) rotate_interleaved(row + 2 * i, cosines, sines);
      else rotate_halves(row + i, row + pairs + i, cosines, sines);
    }
    for (; i < pairs; i++) {
      float x = row[i * stride], y = row[i * stride + distance];
      row[i * stride] = x * table[i] - y * table[pairs + i];
      row[i * stride + distance] = x * table[pairs + i] + y * table[i];
    }
  }
}

static void gate_silu(const float *gate, size_t count, float *out) {
  for (size_t i = 0; i < count; i += 16) {
    f32x16 x = load_f32(gate + i);
    store_f32(out + i, x / (1.0f + exponential(-x)) * load_f32(out + i));
  }
}

// (1 + tanh(u)) / 2 is 1 / (1 + exp(-2u)), which keeps its digits where tanh(u) is near -1.
static void gate_gelu(const float *gate, size_t count, float *out) {
  for (size_t i = 0; i < count; i += 16) {
    f32x16 x = load_f32(gate + i);
    // 2 √(2/π) · (x + 0.044715 x³)
    f32x16 twice = x * 0x1.988454p+0f * (1.0f + 0.044715f * x * x);
    store_f32(out + i, x / (1.0f + exponential(-twice)) * load_f32(out + i));
  }
}

INLINE void float_columns(
    const bora_float_panel *panels, const int count, size_t elements, const float *tile,
    size_t pitch, const int columns, float *sums, size_t stride) {
  f32x16 sum[FLOAT_PANELS][FLOAT_COLUMNS];
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) sum[p][c] = load_f32(sums + p * stride + 16 * c);
  for (size_t k = 0; k < elements; k++) {
    // The next tile, which follows.
    __builtin_prefetch(tile + (k + elements) * pitch);
    for (int p = 0; p < count; p++) {
      f32x16 weights = load_f32(panels[p] + 16 * k);
      for (int c = 0; c < columns; c++)
        sum[p][c] = fused(weights, spread(tile[k * pitch + c]), sum[p][c]);
    }
  }
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) store_f32(sums + p * stride + 16 * c, sum[p][c]);
}

static void tile_float(
    const bora_float_panel *panels, size_t count, size_t elements, const float *tile,
    size_t columns, float *sums, size_t stride) {
  for (size_t p = 0; p < count; p += FLOAT_PANELS)
    for (size_t first = 0; first < columns; first += FLOAT_COLUMNS) {
      size_t left = columns - first;
      float *own = sums + p * stride + 16 * first;
      bool whole = count - p >= FLOAT_PANELS;
      switch (left < FLOAT_COLUMNS ? left : FLOAT_COLUMNS) {
#define CASE(n)                                                                             \
  case n:                                                                                   \
    if (whole)                                                                              \
      float_columns(                                                                        \
          panels + p, FLOAT_PANELS, elements, tile + first, columns, n, own, stride);       \
    else float_columns(panels + p, 1, elements, tile + first, columns, n, own, stride);     \
    break;
        CASE(1)
#if FLOAT_COLUMNS > 1
        CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#endif
#undef CASE
      }
    }
}

static void write_sums(
    const float *sums, size_t stride, size_t columns, size_t rows, float scale, bool accumulates,
    float *output, size_t output_stride) {
  size_t whole = rows / 16 * 16, rest = rows - whole;
  for (size_t c = 0; c < columns; c++, output += output_stride, sums += 16) {
    for (size_t r = 0; r < whole; r += 16) {
      f32x16 own = load_f32(sums + r / 16 * stride) * scale;
      store_f32(output + r, accumulates ? load_f32(output + r) + own : own);
    }
    if (rest == 0) continue;
    f32x16 own = load_f32(sums + whole / 16 * stride) * scale;
    if (accumulates) own += load_part(output + whole, rest);
    store_part(output + whole, own, rest);
  }
}

static uint64_t read_all(const void *memory, size_t bytes) {
  typedef uint64_t u64x8 __attribute__((ext_vector_type(8)));
  const uint8_t *from = memory;
  u64x8 sums[4] = {0};
  for (size_t i = 0; i + 256 <= bytes; i += 256)
    for (int j = 0; j < 4; j++) {
      u64x8 value;
      memcpy(&value, from + i + 64 * j, sizeof value);
      sums[j] += value;
      __builtin_prefetch(from + i + 64 * j + 4096);
    }
  return __builtin_reduce_add(sums[0] + sums[1] + sums[2] + sums[3]);
}

static uint64_t peak_float(size_t rounds) {
  enum { CHAINS = FLOAT_PANELS * FLOAT_COLUMNS };
  f32x16 sums[CHAINS], x = spread(0.5f);
  for (int c = 0; c < CHAINS; c++) sums[c] = spread((float)c);
  for (size_t i = 0; i < rounds; i++) {
    for (int c = 0; c < CHAINS; c++) sums[c] = fused(sums[c], x, x);
    // Keeps the loop as it is written.
    __asm__ volatile("" : "+m"(rounds));
  }
  float total = 0;
  for (int c = 0; c < CHAINS; c++) total += sum_lanes(sums[c]);
  return rounds * CHAINS * 32 + (total == 0);
}
