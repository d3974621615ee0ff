// The kernels written on lanes, with AVX2, FMA and F16C.
#if defined(__x86_64__)

#define PORTABLE_AVX2
#define ZERO 0
#define FLOAT_PANELS 1
#define FLOAT_COLUMNS 6
#define QUERY_TILE_VECTORS 1
#define QUERY_TILE 6
#define DIRECT_SUMS 6
#define DIRECT_KERNELS                  \
  {[BORA_Q8_0] = bora_direct_q8_0_avx2, \
   [BORA_Q4_0] = bora_direct_q4_0_avx2, \
   [BORA_Q4_K] = bora_direct_q4_k_avx2, \
   [BORA_Q6_K] = bora_direct_q6_k_avx2}

#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "portable.h"

#pragma clang attribute pop

BORA_KERNEL_TABLE(avx2, avx2, turn_rounded, NULL, peak_float)

#endif
