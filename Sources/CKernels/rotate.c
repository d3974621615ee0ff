// Rotary position embedding. Sines and cosines come from the C library and are the same for every
// instruction set; the products are few.
#include "CKernels.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

void bora_rotation(
    int32_t position, const float *frequencies, size_t pairs, float scale, float *table) {
  for (size_t i = 0; i < pairs; i++) {
    float angle = (float)position * frequencies[i];
    table[i] = cosf(angle) * scale;
    table[pairs + i] = sinf(angle) * scale;
  }
}

void bora_rotate(
    const float *table, size_t pairs, bora_pairing pairing, size_t heads, size_t head_width,
    float *row) {
  size_t stride = pairing == BORA_INTERLEAVED ? 2 : 1;
  size_t distance = pairing == BORA_INTERLEAVED ? 1 : pairs;
  for (size_t h = 0; h < heads; h++, row += head_width)
    for (size_t i = 0; i < pairs; i++) {
      float x = row[i * stride], y = row[i * stride + distance];
      row[i * stride] = x * table[i] - y * table[pairs + i];
      row[i * stride + distance] = x * table[pairs + i] + y * table[i];
    }
}
