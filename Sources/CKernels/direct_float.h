// Products of packed f32, f16 and bf16 panels with a few columns: one pass over the weights as they
// lie in memory, for generation. Same sums in the same order as `tile_float`. Included by
// portable.h.
//
// A sum is a chain of fused products, each of which waits for the one before: several panels side
// by side keep the arithmetic busy meanwhile, as many as DIRECT_SUMS registers hold the sums of.
#include "kernels.h"
#include "lanes.h"

// How far ahead of the weights being read memory is asked for, bytes.
enum { FLOAT_PREFETCH = 2048 };

// Where an element lies in a pair of columns; the last of an odd number is alone.
typedef enum place { FIRST, SECOND, ALONE } place;

INLINE f32x16 load_weights(
    const uint8_t *panel, size_t k, const place place, const bora_format format) {
  const uint8_t *from = panel + (format == BORA_F32 ? 64 : 32) * k;
  if (format == BORA_BF16 && place == SECOND) return second_of_pairs(load_u32(from - 32));
  __builtin_prefetch(from + FLOAT_PREFETCH);
  if (format == BORA_F32) return load_f32(from);
  if (format == BORA_F16) return floats_of_halves(load_u16(from));
  return place == FIRST ? first_of_pairs(load_u32(from)) : floats_of_bfloats(load_u16(from));
}

// Adds the products of element `k` to the sums.
INLINE void add_element(
    const void *const *panels, const int count, size_t k, const place place, const float *tile,
    const int columns, const bora_format format,
    f32x16 sum[BORA_DIRECT_FLOAT_PANELS][BORA_WIDE_TILE_COLUMNS]) {
  for (int p = 0; p < count; p++) {
    f32x16 weights = load_weights(panels[p], k, place, format);
    for (int c = 0; c < columns; c++)
      sum[p][c] = fused(weights, spread(tile[k * columns + c]), sum[p][c]);
  }
}

INLINE void direct_float_columns(
    const void *const *panels, const int count, size_t elements, const float *tile,
    const int columns, float *sums, size_t stride, const bora_format format) {
  f32x16 sum[BORA_DIRECT_FLOAT_PANELS][BORA_WIDE_TILE_COLUMNS];
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) sum[p][c] = load_f32(sums + p * stride + 16 * c);
  for (size_t k = 0; k + 1 < elements; k += 2) {
    add_element(panels, count, k, FIRST, tile, columns, format, sum);
    add_element(panels, count, k + 1, SECOND, tile, columns, format, sum);
  }
  if (elements % 2 == 1)
    add_element(panels, count, elements - 1, ALONE, tile, columns, format, sum);
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) store_f32(sums + p * stride + 16 * c, sum[p][c]);
}

INLINE void direct_float(
    const void *const *panels, size_t count, size_t elements, const float *tile, size_t columns,
    float *sums, size_t stride, const bora_format format) {
  switch (columns) {
#define CASE(n)                                                                                 \
  case n:                                                                                       \
    if (BORA_DIRECT_FLOAT_PANELS * n <= DIRECT_SUMS && count == BORA_DIRECT_FLOAT_PANELS)       \
      direct_float_columns(                                                                     \
          panels, BORA_DIRECT_FLOAT_PANELS, elements, tile, n, sums, stride, format);           \
    else                                                                                        \
      for (size_t p = 0; p < count; p++)                                                        \
        direct_float_columns(                                                                   \
            panels + p, 1, elements, tile, n, sums + p * stride, stride, format);               \
    break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
  }
}

static void direct_f32(
    const void *const *panels, size_t count, size_t elements, const float *tile, size_t columns,
    float *sums, size_t stride) {
  direct_float(panels, count, elements, tile, columns, sums, stride, BORA_F32);
}

static void direct_f16(
    const void *const *panels, size_t count, size_t elements, const float *tile, size_t columns,
    float *sums, size_t stride) {
  direct_float(panels, count, elements, tile, columns, sums, stride, BORA_F16);
}

static void direct_bf16(
    const void *const *panels, size_t count, size_t elements, const float *tile, size_t columns,
    float *sums, size_t stride) {
  direct_float(panels, count, elements, tile, columns, sums, stride, BORA_BF16);
}
