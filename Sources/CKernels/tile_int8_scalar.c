// The reference for 8-bit products, in plain C.
#include "tile_int8.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

// Product of groups `first ..< last` of a block for one row.
static int32_t dot(
    const uint8_t *numbers, const bora_rounded *block, size_t row, size_t first, size_t last) {
  int32_t sum = 0;
  for (size_t g = first; g < last; g++)
    for (size_t j = 0; j < 4; j++)
      sum += (int8_t)numbers[64 * g + 4 * row + j] * block->groups[g][j];
  return sum;
}

static void tile_panel(
    const bora_expanded *panel, size_t blocks, const bora_rounded *block, size_t columns,
    float *sums, bora_scaling scaling) {
  size_t parts = scaling & BORA_HALF_BLOCKS ? 2 : 1, groups = 8 / parts;
  for (size_t b = 0; b < blocks; b++)
    for (size_t c = 0; c < columns; c++, block++) {
      float power = bora_power_of_origin(block->origin);
      const uint8_t *numbers = panel->numbers + 512 * b;
      for (size_t r = 0; r < 16; r++) {
        float *sum = sums + 16 * c + r;
        for (size_t i = 0; i < parts; i++) {
          int32_t product = dot(numbers, block, r, i * groups, (i + 1) * groups);
          const float *scales = panel->scales[parts * b + i][0] + block->step;
          *sum = fmaf((float)product * power, scales[r], *sum);
        }
        if (!(scaling & BORA_WITH_MINIMUMS)) continue;
        for (size_t i = 0; i < parts; i++) {
          float scaled_sum = block->scaled_sums[bora_part_of(scaling, (int)i)];
          *sum = fmaf(-panel->minimums[parts * b + i][r], scaled_sum, *sum);
        }
      }
    }
}

static void tile(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride, bora_scaling scaling) {
  for (size_t p = 0; p < count; p++)
    tile_panel(panels + p, blocks, activations, columns, sums + p * stride, scaling);
}

void bora_tile_plain_scalar(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_PLAIN);
}

void bora_tile_minimums_scalar(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_WITH_MINIMUMS);
}

void bora_tile_halves_scalar(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS);
}

void bora_tile_half_minimums_scalar(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *activations,
    size_t columns, float *sums, size_t stride) {
  tile(panels, count, blocks, activations, columns, sums, stride, BORA_HALF_BLOCKS_WITH_MINIMUMS);
}

uint64_t bora_peak_int8_scalar(size_t rounds) {
  int32_t sum = 0;
  volatile int8_t x = 3;
  for (size_t i = 0; i < rounds; i++) sum += x * x;
  return 2 * rounds + (sum == 1);
}
