// The kernels written on lanes, and the table of one instruction set. Included by portable_*.c,
// which define `ZERO`, `FLOAT_PANELS`, `FLOAT_COLUMNS`, `DIRECT_SUMS` and the instruction set.
#include "attention.h"
#include "direct_float.h"
#include "expand.h"
#include "rows.h"
#include "tile_int8.h"

#define BORA_KERNEL_TABLE(set)                                                                  \
  const bora_kernels bora_kernels_##set = {                                                     \
      .name = #set,                                                                             \
      .quantize = quantize,                                                                     \
      .expand = expand,                                                                         \
      .tile_int8 = {[BORA_PLAIN] = bora_tile_plain_##set,                                       \
                    [BORA_WITH_MINIMUMS] = bora_tile_minimums_##set,                            \
                    [BORA_HALF_BLOCKS] = bora_tile_halves_##set,                                \
                    [BORA_HALF_BLOCKS_WITH_MINIMUMS] = bora_tile_half_minimums_##set},          \
      .direct_int8 = DIRECT_KERNELS,                                                            \
      .expand_float = expand_float,                                                             \
      .tile_float = tile_float,                                                                 \
      .direct_float = {[BORA_F32] = direct_f32, [BORA_F16] = direct_f16,                        \
                       [BORA_BF16] = direct_bf16},                                              \
      .gate = {[BORA_SILU] = gate_silu, [BORA_GELU] = gate_gelu},                               \
      .normalize = normalize,                                                                   \
      .soft_cap = soft_cap,                                                                     \
      .append = append,                                                                         \
      .attend = attend,                                                                         \
      .read_all = read_all,                                                                     \
      .peak_int8 = bora_peak_int8_##set,                                                        \
      .peak_float = peak_float,                                                                 \
  };
