// The kernels written on lanes, and the table of one instruction set. Included by portable_*.c,
// which define `ZERO`, `FLOAT_PANELS`, `FLOAT_COLUMNS`, `DIRECT_SUMS`, `QUERY_TILE`,
// `QUERY_TILE_VECTORS` and the instruction set.
#include "attention.h"
#include "direct_float.h"
#include "expand.h"
#include "rows.h"
#include "tile_int8.h"

// `int8` is the instruction set of the 8-bit kernels; the last three are those of bf16.
#define BORA_KERNEL_TABLE(set, int8, prepare_bfloat, multiply_bfloat, peak_bfloat)              \
  const bora_kernels bora_kernels_##set = {                                                     \
      .name = #set,                                                                             \
      .prepare = {[BORA_INT8] = quantize, [BORA_BFLOAT] = prepare_bfloat, [BORA_FLOAT] = turn}, \
      .expand = expand,                                                                         \
      .tile_int8 = {[BORA_PLAIN] = bora_tile_plain_##int8,                                      \
                    [BORA_WITH_MINIMUMS] = bora_tile_minimums_##int8,                           \
                    [BORA_HALF_BLOCKS] = bora_tile_halves_##int8,                               \
                    [BORA_HALF_BLOCKS_WITH_MINIMUMS] = bora_tile_half_minimums_##int8},         \
      .direct_int8 = DIRECT_KERNELS,                                                            \
      .tile_bfloat = multiply_bfloat,                                                           \
      .expand_float = expand_float,                                                             \
      .tile_float = tile_float,                                                                 \
      .direct_float = {[BORA_F32] = direct_f32, [BORA_F16] = direct_f16,                        \
                       [BORA_BF16] = direct_bf16},                                              \
      .gate = {[BORA_SILU] = gate_silu, [BORA_GELU] = gate_gelu},                               \
      .write_sums = write_sums,                                                                 \
      .normalize = normalize,                                                                   \
      .soft_cap = soft_cap,                                                                     \
      .rotate = rotate,                                                                         \
      .append = append,                                                                         \
      .attend = attend,                                                                         \
      .merge_parts = merge_parts,                                                               \
      .read_all = read_all,                                                                     \
      .peak = {[BORA_INT8] = bora_peak_int8_##int8, [BORA_BFLOAT] = peak_bfloat,                \
               [BORA_FLOAT] = peak_float},                                                      \
  };
