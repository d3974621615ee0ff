// The kernels written on lanes, with AVX2, for the 8-bit numbers of AVX-VNNI.
#if defined(__x86_64__)

#define PORTABLE_AVX2
#define ZERO 128
#define FLOAT_PANELS 1
#define FLOAT_COLUMNS 6
#define QUERY_TILE_VECTORS 1
#define QUERY_TILE 6
#define DIRECT_SUMS 6
#define DIRECT_KERNELS {0}

#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "portable.h"

#pragma clang attribute pop

BORA_KERNEL_TABLE(avxvnni, avxvnni, turn_rounded, NULL, peak_float)

#endif
