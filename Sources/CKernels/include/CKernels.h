// Bora's CPU kernels: plain C with intrinsics, chosen at run time by what the CPU has.
//
// Matrices are packed in panels of 16 rows, so that one vector lane belongs to one weight row. An
// output element never depends on what else is computed with it: integer dot products are exact
// within a block of 32 elements, and floating-point sums run in the order of the elements. All
// instruction sets give the same bits (docs/ADDING-A-KERNEL.md).
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

// Weight formats, laid out in a file as GGUF has them.
typedef enum bora_format {
  BORA_F32,
  BORA_F16,
  BORA_BF16,
  BORA_Q8_0,
  BORA_Q4_0,
  BORA_Q4_1,
  BORA_Q5_0,
  BORA_Q5_1,
  BORA_Q2_K,
  BORA_Q3_K,
  BORA_Q4_K,
  BORA_Q5_K,
  BORA_Q6_K,
  BORA_IQ4_NL,
  BORA_IQ4_XS,
  BORA_FORMAT_COUNT,
} bora_format;

enum {
  // Rows of a panel.
  BORA_PANEL_ROWS = 16,
  // Columns of activations in a tile; two panels by six columns fill the registers of AVX-512.
  BORA_TILE_COLUMNS = 6,
  // Columns in a tile where there are few in all, and reading the weights is what takes time.
  BORA_WIDE_TILE_COLUMNS = 8,
  // Panels of one task of a linear layer.
  BORA_TASK_PANELS = 4,
  // Tokens of a block of the KV cache.
  BORA_KV_TOKENS = 32,
  // Query vectors that share the reads of one attention task.
  BORA_ATTENTION_QUERIES = 48,
  // Tokens of a part of a sequence, whose attention may be a task of its own.
  BORA_ATTENTION_PART = 1024,
};

// A set of kernels for one instruction set.
typedef struct bora_kernels bora_kernels;

// The kernels called `name` ("scalar", "avx2", "avxvnni", "avx512vnni", "avx512bf16"); NULL where
// this machine or this build has none of that name. A NULL name asks for the fastest.
const bora_kernels *bora_kernels_for(const char *name);
const char *bora_kernels_name(const bora_kernels *kernels);

// --- Packed weights ---------------------------------------------------------------------------

size_t bora_block_elements(bora_format format);
size_t bora_block_bytes(bora_format format);

// Bytes of a matrix, in a file and packed alike.
size_t bora_matrix_bytes(bora_format format, size_t rows, size_t columns);
size_t bora_panel_count(size_t rows);

// Packs panels `first ..< first + count` of a matrix whose rows lie at `source` as in a file.
void bora_pack(
    bora_format format, size_t rows, size_t columns, size_t first, size_t count,
    const void *source, void *packed);

// The reverse of `bora_pack`.
void bora_unpack(
    bora_format format, size_t rows, size_t columns, size_t first, size_t count,
    const void *packed, void *rows_out);

// One row of a packed matrix as f32.
void bora_dequantize_row(
    bora_format format, size_t rows, size_t columns, size_t row, const void *packed, float *out);

// --- Linear layers ----------------------------------------------------------------------------

// How a product is computed: with activations rounded to 8 bits in blocks of 32 for formats with
// blocks, rounded to bf16 for BF16, or in f32.
typedef enum bora_arithmetic {
  BORA_INT8,
  // Products are added in f32, in order; what is smaller than 2^-126 is zero (tile_bfloat.h).
  BORA_BFLOAT,
  BORA_FLOAT,
  BORA_ARITHMETIC_COUNT,
} bora_arithmetic;

bora_arithmetic bora_arithmetic_of(bora_format format, bool exact);

// Bytes of `count` rows of activations of `columns` elements, prepared for `arithmetic`.
size_t bora_activation_bytes(bora_arithmetic arithmetic, size_t count, size_t columns);
size_t bora_tile_count(size_t count);

// Prepares column tile `tile` of the activations `input` `[count, columns]`.
void bora_prepare_tile(
    const bora_kernels *kernels, bora_arithmetic arithmetic, const float *input, size_t count,
    size_t columns, size_t tile, void *prepared);

// A packed matrix with the vector that is added to its product, or NULL.
typedef struct bora_matrix {
  bora_format format;
  size_t rows;
  size_t columns;
  const void *packed;
  const float *bias;
} bora_matrix;

// f(x) of a gate.
typedef enum bora_activation {
  // x / (1 + exp(-x))
  BORA_SILU,
  // x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
  BORA_GELU,
  BORA_ACTIVATION_COUNT,
} bora_activation;

// `output[count, rows] = scale · (activations · matrixᵀ + bias)`, added to what is there where it
// `accumulates`. With a `gate`: `output = scale · activation(gate product) · (matrix product)`.
typedef struct bora_linear {
  bora_matrix matrix;
  // NULL `packed` for none.
  bora_matrix gate;
  bora_activation activation;
  float scale;
  bool exact;
  bool accumulates;
  // Prepared for the arithmetic of each matrix: the gate's format may differ.
  const void *activations;
  const void *gate_activations;
  size_t count;
  float *output;
} bora_linear;

size_t bora_linear_tasks(size_t rows);

// Scratch bytes of one thread that computes `count` columns of a matrix of `rows` rows, with its
// gate where it is `gated`.
size_t bora_linear_scratch_bytes(size_t rows, size_t count, bool gated);

// Computes task `task` of `bora_linear_tasks(matrix.rows)`. `scratch` is aligned to 64 bytes.
void bora_linear_task(
    const bora_kernels *kernels, const bora_linear *linear, size_t task, void *scratch);

// --- Rows of activations ----------------------------------------------------------------------

// `output = input / sqrt(mean(input²) + epsilon) · weight`, added to what is there where it
// `accumulates`. The output may be the input.
void bora_normalize(
    const bora_kernels *kernels, const float *input, const float *weight, float epsilon,
    size_t columns, bool accumulates, float *output);

// `x = cap · tanh(x / cap)`
void bora_soft_cap(const bora_kernels *kernels, float cap, size_t count, float *values);

typedef enum bora_pairing {
  // Elements 2i and 2i + 1 turn together.
  BORA_INTERLEAVED,
  // Elements i and i + pairs turn together.
  BORA_HALVES,
} bora_pairing;

// Turns pair i of each head of one row by `position · frequencies[i]` and multiplies it by `scale`;
// `table` has room for 2 · pairs numbers.
void bora_rotation(
    int32_t position, const float *frequencies, size_t pairs, float scale, float *table);
void bora_rotate(
    const bora_kernels *kernels, const float *table, size_t pairs, bora_pairing pairing,
    size_t heads, size_t head_width, float *row);

// --- Attention --------------------------------------------------------------------------------

// The cache of one layer: block b lies at `base + b · block_stride`. In a block, each head has its
// keys `[key_width, 32 tokens]`, and all the heads' keys are followed by the heads' values
// `[32 tokens, value_width]`. In BORA_Q8_0 the widths are multiples of 32, and both parts are tiles
// of 32 elements: keys `[32 elements, 32 tokens]` or values `[32 tokens, 32 elements]` in 8 bits,
// and then a scale in f16 for each token.
typedef struct bora_cache {
  void *base;
  size_t block_stride;
  size_t heads;
  size_t key_width;
  size_t value_width;
  // BORA_F32, BORA_F16, BORA_BF16 or BORA_Q8_0.
  bora_format format;
} bora_cache;

// Stores one token's keys and values `[heads, width]` at `position` of a sequence.
void bora_append(
    const bora_kernels *kernels, const bora_cache *cache, const int32_t *blocks, size_t position,
    const float *keys, const float *values);

// Query vectors of one sequence; query i of row r is head i of the token at `context + r`.
typedef struct bora_attention {
  bora_cache cache;
  // The sequence's blocks in order of position. Those that no row sees are not read.
  const int32_t *blocks;
  size_t context;
  size_t rows;
  // Query heads: a multiple of the cache's.
  size_t heads;
  float scale;
  // Scores are held between -soft_cap and soft_cap; 0 leaves them as they are.
  float soft_cap;
  // Tokens that a row sees, its own included; 0 for all.
  size_t window;
  // `[rows, heads, key_width]`
  const float *queries;
  // `[rows, heads, value_width]`
  float *output;
  // Where the tokens are split: room for the results of their parts. NULL: each task takes all the
  // tokens that its vectors see, and no merging is left. The output's bits are the same.
  float *partials;
} bora_attention;

// Tasks of `rows` rows of `heads` query heads, where no tokens are split; each part has as many.
size_t bora_attention_tasks(size_t heads, size_t cache_heads, size_t rows);
// Parts of the tokens that `rows` rows see after `context` tokens, in a window or without (0).
size_t bora_attention_parts(size_t context, size_t rows, size_t window);
// Bytes of `partials` for so many vectors (`rows · heads`).
size_t bora_attention_partial_bytes(size_t vectors, size_t parts, size_t value_width);
// Scratch bytes of one thread.
size_t bora_attention_scratch_bytes(size_t key_width, size_t value_width);

// `scratch` is aligned to 64 bytes.
void bora_attention_task(
    const bora_kernels *kernels, const bora_attention *attention, size_t task, void *scratch);
// The output of one of the `rows · heads` vectors, after all tasks of a split attention.
void bora_attention_merge(
    const bora_kernels *kernels, const bora_attention *attention, size_t vector);

// --- Limits -----------------------------------------------------------------------------------

// Reads memory in order as a kernel would, and returns something that depends on all of it.
uint64_t bora_read_all(const bora_kernels *kernels, const void *memory, size_t bytes);

// Runs the arithmetic of a product on registers alone, and returns the number of operations
// (2 per product and sum).
uint64_t bora_peak(const bora_kernels *kernels, bora_arithmetic arithmetic, size_t rounds);

// --- Waiting ----------------------------------------------------------------------------------

// Tells the processor that the calling thread spins.
static inline void bora_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Asks for memory that will be read soon, to be brought into the second-level cache.
static inline void bora_fetch(const void *memory, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64)
    __builtin_prefetch((const char *)memory + i, 0, 2);
}

#if defined(__cplusplus)
}
#endif

#endif
