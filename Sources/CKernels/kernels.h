// The table of kernels that one instruction set fills, and the layouts they share.
#ifndef BORA_KERNELS_H
#define BORA_KERNELS_H

#include "formats.h"

// Scales of activations are powers of √2: a power of two, divided by √2 where the step is 1.
// Neither part costs a product of its own. Scales of weights are kept for each step. And a float
// whose last bit is worth the power counts in integers: adding n to its bits adds n · power to it.
// The power's origin is such a float, in the middle of those with its exponent, for n between -2^22
// and 2^22.
enum { BORA_SCALE_STEPS = 2 };
#define BORA_STEP_FACTOR 0x1.6a09e6p-1f
static inline float bora_origin_of_power(float power) { return power * 0x1.8p23f; }
static inline float bora_power_of_origin(float origin) { return origin / 0x1.8p23f; }

// The parts of a block that have scales of their own: all of it, or each half.
typedef enum bora_part { BORA_WHOLE, BORA_LOW, BORA_HIGH, BORA_PART_COUNT } bora_part;

// 32 activations of a row, rounded to 8 bits. A tile is `[blocks][columns]` of them: one line each.
typedef struct bora_rounded {
  // Groups of four, which vectors multiply at once.
  int8_t groups[8][4];
  // Of the scale's power.
  float origin;
  // By part: the scale times the sum of its integers.
  float scaled_sums[BORA_PART_COUNT];
  // By part: what the products of weights start from that are raised by 128, the origin's bits less
  // 128 times the sum of the integers.
  int32_t starts[BORA_PART_COUNT];
  // The scale's step times 16: where scales of its kind begin among those of all steps.
  uint32_t step;
} bora_rounded;

// Columns of weights that are expanded at once. A multiple of every block.
// A pair of panels of this size stays in the first-level cache.
enum { BORA_CHUNK_INT8 = 512, BORA_CHUNK_FLOAT = 256 };

// A chunk of a panel as the 8-bit tile kernels read it: per block of 32 elements 8 groups of
// `[16 rows][4 elements]`, in the number form of the instruction set; 16 scales (two times 16
// where scales span 16 elements) for each step, and as many minimums where the format has them.
typedef struct bora_expanded {
  uint8_t numbers[BORA_CHUNK_INT8 * 16] __attribute__((aligned(64)));
  float scales[BORA_CHUNK_INT8 / 16][BORA_SCALE_STEPS][16];
  float minimums[BORA_CHUNK_INT8 / 16][16];
} bora_expanded;

// A chunk of a panel in f32: `[elements][16 rows]`.
typedef float bora_float_panel[BORA_CHUNK_FLOAT * BORA_PANEL_ROWS];

// Panels that a tile kernel may take at once.
enum { BORA_TILE_PANELS = 2 };

// `columns` rows of `count` activations, `stride` numbers apart, in the form of a tile.
typedef void bora_prepare(
    const float *input, size_t stride, size_t count, size_t columns, void *tile);

// Sums of a panel are `[columns][16 rows]`, and those of the next panel `stride` numbers further;
// every kernel continues the sums it finds.
typedef void bora_expand(const void *panel, size_t blocks, bora_expanded *out);
typedef void bora_tile_int8(
    const bora_expanded *panels, size_t count, size_t blocks, const bora_rounded *tile,
    size_t columns, float *sums, size_t stride);
typedef void bora_direct_int8(
    const void *panel, size_t blocks, const bora_rounded *tile, size_t columns, float *sums);
typedef void bora_tile_float(
    const bora_float_panel *panels, size_t count, size_t elements, const float *tile,
    size_t columns, float *sums, size_t stride);
typedef void bora_gate(const float *gate, size_t count, float *out);

// `panels` are neighbours of one matrix, as they are packed; `tile` is `[elements][columns]`.
typedef void bora_direct_float(
    const void *const *panels, size_t count, size_t elements, const float *tile, size_t columns,
    float *sums, size_t stride);

// The same panels in bf16; `tile` is as `prepare` of the same table makes it.
typedef void bora_tile_bfloat(
    const void *const *panels, size_t count, size_t elements, const void *tile, size_t columns,
    float *sums, size_t stride);

// So few columns cost less, tile by tile from the packed panels, than expanding these once. They
// come in wide tiles, which expanded panels meet only where there is no direct kernel.
enum { BORA_DIRECT_COLUMNS = 3 * BORA_WIDE_TILE_COLUMNS, BORA_DIRECT_FLOAT_PANELS = 4 };

// Tokens whose attention weights are taken from one largest score; what follows the sums of a part.
enum { BORA_ATTENTION_CHUNK = 4 * BORA_KV_TOKENS, BORA_PARTIAL_STATE = 2 };

// A row of sums in whole vectors.
static inline size_t bora_padded(size_t width) { return (width + 15) / 16 * 16; }

// The vectors of an attention task, and their sums over the part of the tokens that it is at.
typedef struct bora_query_set {
  const bora_attention *attention;
  size_t head;
  size_t count;
  // First and last token that each sees.
  size_t first[BORA_ATTENTION_QUERIES];
  size_t last[BORA_ATTENTION_QUERIES];
  float largest[BORA_ATTENTION_QUERIES];
  // Sums of weights, by position modulo 16.
  float totals[BORA_ATTENTION_QUERIES][16];
  float weights[BORA_ATTENTION_QUERIES][BORA_ATTENTION_CHUNK] __attribute__((aligned(64)));
  // Queries times the scale, `[tile][key_width][vectors of a tile]`, and then sums of values.
  float numbers[];
} bora_query_set;

struct bora_kernels {
  const char *name;
  // By arithmetic.
  bora_prepare *prepare[BORA_ARITHMETIC_COUNT];
  // By format; NULL for formats without blocks.
  bora_expand *const *expand;
  bora_tile_int8 *tile_int8[BORA_SCALING_COUNT];
  // By format: one tile straight from the packed panel, where there are at most BORA_DIRECT_COLUMNS
  // columns. NULL where expanding first is as fast. `blocks` counts 32 elements, here and above.
  bora_direct_int8 *direct_int8[BORA_FORMAT_COUNT];
  // Panels and tile in bf16; NULL where both are expanded and multiplied in f32.
  bora_tile_bfloat *tile_bfloat;
  // A panel in f32; `elements` is a multiple of the block.
  void (*expand_float)(bora_format format, const void *panel, size_t elements, float *out);
  bora_tile_float *tile_float;
  // By format; for the formats without blocks, as `direct_int8`, for up to
  // BORA_DIRECT_FLOAT_PANELS panels.
  bora_direct_float *direct_float[BORA_FORMAT_COUNT];
  // By activation: out = activation(gate) · out
  bora_gate *gate[BORA_ACTIVATION_COUNT];
  // Sums `[panels][columns][16]` of `rows` rows, panels `stride` numbers apart, times `scale` to
  // `output`, whose rows are `output_stride` numbers apart; added to what is there where it
  // `accumulates`.
  void (*write_sums)(
      const float *sums, size_t stride, size_t columns, size_t rows, float scale, bool accumulates,
      float *output, size_t output_stride);
  void (*normalize)(
      const float *input, const float *weight, float epsilon, size_t columns, bool accumulates,
      float *output);
  void (*soft_cap)(float cap, size_t count, float *values);
  void (*rotate)(
      const float *table, size_t pairs, bora_pairing pairing, size_t heads, size_t head_width,
      float *row);
  void (*append)(
      const bora_cache *cache, void *block, size_t token, const float *keys, const float *values);
  void (*attend)(const bora_attention *attention, size_t task, void *scratch);
  void (*merge_parts)(const bora_attention *attention, size_t vector);
  uint64_t (*read_all)(const void *memory, size_t bytes);
  uint64_t (*peak[BORA_ARITHMETIC_COUNT])(size_t rounds);
};

extern const bora_kernels bora_kernels_scalar;
#if defined(__x86_64__)
extern const bora_kernels bora_kernels_avx2;
extern const bora_kernels bora_kernels_avxvnni;
extern const bora_kernels bora_kernels_avx512vnni;
extern const bora_kernels bora_kernels_avx512bf16;
#endif

#endif
