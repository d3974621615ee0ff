// Sums of 8-bit products with a panel of 16 rows; one file per instruction set.
//
// For each block of 32 elements the integer product is exact, and then, in this order:
//   sum = fma(product · power, scale of the step, sum)
//   with minimums: sum = fma(-minimum, activation scale · activation sum, sum)
// where the activation scale is a power of two times a step's factor (kernels.h). Vectors get
// product · power, which is exact too, without a multiplication: integers are added up from the
// bits of the power's origin, which is subtracted in the end.
// Half blocks are blocks of 16 elements that share an activation scale with their neighbour: both
// products are added, then both minimums.
#ifndef BORA_TILE_INT8_H
#define BORA_TILE_INT8_H

#include "kernels.h"

static inline bora_part bora_part_of(bora_scaling scaling, int half) {
  return scaling & BORA_HALF_BLOCKS ? BORA_LOW + half : BORA_WHOLE;
}

bora_tile_int8 bora_tile_plain_scalar, bora_tile_minimums_scalar, bora_tile_halves_scalar,
    bora_tile_half_minimums_scalar;
uint64_t bora_peak_int8_scalar(size_t rounds);

#if defined(__x86_64__)
bora_tile_int8 bora_tile_plain_avx2, bora_tile_minimums_avx2, bora_tile_halves_avx2,
    bora_tile_half_minimums_avx2;
bora_direct_int8 bora_direct_q8_0_avx2, bora_direct_q4_0_avx2, bora_direct_q4_k_avx2,
    bora_direct_q6_k_avx2;
uint64_t bora_peak_int8_avx2(size_t rounds);

bora_tile_int8 bora_tile_plain_avxvnni, bora_tile_minimums_avxvnni, bora_tile_halves_avxvnni,
    bora_tile_half_minimums_avxvnni;
uint64_t bora_peak_int8_avxvnni(size_t rounds);

bora_tile_int8 bora_tile_plain_avx512vnni, bora_tile_minimums_avx512vnni,
    bora_tile_halves_avx512vnni, bora_tile_half_minimums_avx512vnni;
bora_direct_int8 bora_direct_q8_0_avx512vnni, bora_direct_q4_0_avx512vnni,
    bora_direct_q4_1_avx512vnni, bora_direct_q5_0_avx512vnni, bora_direct_q5_1_avx512vnni,
    bora_direct_q2_k_avx512vnni, bora_direct_q3_k_avx512vnni, bora_direct_q4_k_avx512vnni,
    bora_direct_q5_k_avx512vnni, bora_direct_q6_k_avx512vnni, bora_direct_iq4_nl_avx512vnni,
    bora_direct_iq4_xs_avx512vnni;
uint64_t bora_peak_int8_avx512vnni(size_t rounds);
#endif

#endif
