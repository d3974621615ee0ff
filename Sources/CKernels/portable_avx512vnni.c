// The kernels written on lanes, with AVX-512; with and without its products of bf16.
#if defined(__x86_64__)

#define PORTABLE_AVX512
#define ZERO 128
#define FLOAT_PANELS 2
#define FLOAT_COLUMNS 6
#define QUERY_TILE_VECTORS 2
#define QUERY_TILE 8
#define DIRECT_SUMS 24
#define DIRECT_KERNELS                          \
  {[BORA_Q8_0] = bora_direct_q8_0_avx512vnni,   \
   [BORA_Q4_0] = bora_direct_q4_0_avx512vnni,   \
   [BORA_Q4_1] = bora_direct_q4_1_avx512vnni,   \
   [BORA_Q5_0] = bora_direct_q5_0_avx512vnni,   \
   [BORA_Q5_1] = bora_direct_q5_1_avx512vnni,   \
   [BORA_Q2_K] = bora_direct_q2_k_avx512vnni,   \
   [BORA_Q3_K] = bora_direct_q3_k_avx512vnni,   \
   [BORA_Q4_K] = bora_direct_q4_k_avx512vnni,   \
   [BORA_Q5_K] = bora_direct_q5_k_avx512vnni,   \
   [BORA_Q6_K] = bora_direct_q6_k_avx512vnni,   \
   [BORA_IQ4_NL] = bora_direct_iq4_nl_avx512vnni, \
   [BORA_IQ4_XS] = bora_direct_iq4_xs_avx512vnni}

#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push( \
    __attribute__((           \
        target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

#include "portable.h"
#include "tile_bfloat.h"

#pragma clang attribute pop

BORA_KERNEL_TABLE(avx512vnni, avx512vnni, turn_rounded, NULL, peak_float)
BORA_KERNEL_TABLE(
    avx512bf16, avx512vnni, bora_prepare_bfloat_avx512bf16, bora_tile_bfloat_avx512bf16,
    bora_peak_bfloat_avx512bf16)

#endif
