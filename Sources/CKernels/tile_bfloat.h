// Sums of products of bf16 numbers with panels of 16 rows.
//
// `vdpbf16ps` adds the product of the upper halves of two words and then that of the lower ones,
// each fused with the sum and rounded to the nearest, ties to even; it takes numbers below 2^-126
// for zero and makes sums below 2^-126 zero, whatever MXCSR says (Intel's Software Developer's
// Manual; two million sums on a processor of AMD had the same bits). So the first of two columns is
// the upper half, and where the instruction is missing, fused products in f32, in order and with
// MXCSR set to flush, give the same bits of activations rounded to bf16.
#ifndef BORA_TILE_BFLOAT_H
#define BORA_TILE_BFLOAT_H

#include "kernels.h"

#if defined(__x86_64__)
bora_prepare bora_prepare_bfloat_avx512bf16;
bora_tile_bfloat bora_tile_bfloat_avx512bf16;
uint64_t bora_peak_bfloat_avx512bf16(size_t rounds);
#endif

// Makes this thread take numbers below 2^-126 for zero; returns what was before.
static inline uint64_t bora_begin_flushing(void) {
#if defined(__x86_64__)
  unsigned before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040);
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1 << 24));
  return before;
#else
  return 0;
#endif
}

static inline void bora_end_flushing(uint64_t before) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((unsigned)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(before));
#endif
}

#endif
