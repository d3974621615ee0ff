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

INLINE f32x16 load_weights(const uint8_t *from, const bora_format format) {
  __builtin_prefetch(from + FLOAT_PREFETCH);
  return format == BORA_F32   ? load_f32(from)
         : format == BORA_F16 ? floats_of_halves(load_u16(from))
                              : floats_of_bfloats(load_u16(from));
}

INLINE void direct_float_columns(
    const void *const *panels, const int count, size_t elements, const float *tile,
    const int columns, float *sums, size_t stride, const bora_format format) {
  const size_t group = format == BORA_F32 ? 64 : 32;
  f32x16 sum[BORA_DIRECT_FLOAT_PANELS][BORA_TILE_COLUMNS];
  for (int p = 0; p < count; p++)
    for (int c = 0; c < columns; c++) sum[p][c] = load_f32(sums + p * stride + 16 * c);
  for (size_t k = 0; k < elements; k++)
    for (int p = 0; p < count; p++) {
      f32x16 weights = load_weights((const uint8_t *)panels[p] + group * k, format);
      for (int c = 0; c < columns; c++)
        sum[p][c] = fused(weights, spread(tile[k * columns + c]), sum[p][c]);
    }
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
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
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
