// Angles of the rotary position embedding. Sines and cosines come from the C library and are the
// same for every instruction set.
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
