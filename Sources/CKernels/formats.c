// Sizes, scaling and fields of the formats. Blocks are ggml's (block_q8_0, block_q4_K, … in
// ggml-common.h).
#include "formats.h"

const bora_layout bora_layouts[BORA_FORMAT_COUNT] = {
    [BORA_F32] = {1, 4, BORA_PLAIN, 1, {{0, 4, 1}}},
    [BORA_F16] = {1, 2, BORA_PLAIN, 1, {{0, 2, 1}}},
    [BORA_BF16] = {1, 2, BORA_PLAIN, 1, {{0, 2, 1}}, .pairs = true},
    // 32 int8; scale
    [BORA_Q8_0] = {32, 34, BORA_PLAIN, 2, {{2, 4, 8}, {0, 2, 1}}},
    // 16 bytes: elements i and i + 16; scale
    [BORA_Q4_0] = {32, 18, BORA_PLAIN, 2, {{2, 4, 4}, {0, 2, 1}}},
    // 16 bytes: elements i and i + 16; scale; what is added
    [BORA_Q4_1] = {32, 20, BORA_WITH_MINIMUMS, 3, {{4, 4, 4}, {0, 2, 1}, {2, 2, 1}}},
    // 16 bytes: elements i and i + 16; bit i: the fifth of element i; scale
    [BORA_Q5_0] = {32, 22, BORA_PLAIN, 3, {{6, 4, 4}, {2, 4, 1}, {0, 2, 1}}},
    // as Q5_0; what is added
    [BORA_Q5_1] = {32, 24, BORA_WITH_MINIMUMS, 4, {{8, 4, 4}, {4, 4, 1}, {0, 2, 1}, {2, 2, 1}}},
    // 2 × 32 bytes: four sub-blocks of 32; 16 × (scale, minimum) of 4 bits; scale; minimum
    [BORA_Q2_K] =
        {256, 84, BORA_HALF_BLOCKS_WITH_MINIMUMS, 4,
         {{16, 4, 16}, {0, 4, 4}, {80, 2, 1}, {82, 2, 1}}},
    // low 2 bits as in Q2_K; 32 bytes: a bit for each sub-block; 16 scales of 6 bits; scale
    [BORA_Q3_K] =
        {256, 110, BORA_HALF_BLOCKS, 4, {{32, 4, 16}, {0, 4, 8}, {96, 4, 3}, {108, 2, 1}}},
    // 4 × 32 bytes: two sub-blocks of 32; 8 × (scale, minimum) of 6 bits; scale; minimum
    [BORA_Q4_K] =
        {256, 144, BORA_WITH_MINIMUMS, 4, {{16, 4, 32}, {4, 4, 3}, {0, 2, 1}, {2, 2, 1}}},
    // low 4 bits as in Q4_K; 32 bytes: a bit for each sub-block; the rest as in Q4_K
    [BORA_Q5_K] =
        {256, 176, BORA_WITH_MINIMUMS, 5,
         {{48, 4, 32}, {16, 4, 8}, {4, 4, 3}, {0, 2, 1}, {2, 2, 1}}},
    // low 4 bits; high 2 bits; 16 int8 scales; scale
    [BORA_Q6_K] =
        {256, 210, BORA_HALF_BLOCKS, 4, {{0, 4, 32}, {128, 4, 16}, {192, 1, 16}, {208, 2, 1}}},
    // 16 bytes: elements i and i + 16, as indices; scale
    [BORA_IQ4_NL] = {32, 18, BORA_PLAIN, 2, {{2, 4, 4}, {0, 2, 1}}},
    // 8 × 16 bytes as in IQ4_NL; 8 × 4 low bits, then 8 × 2 high bits of a scale; scale
    [BORA_IQ4_XS] =
        {256, 136, BORA_PLAIN, 4, {{8, 4, 32}, {4, 4, 1}, {2, 2, 1}, {0, 2, 1}}},
};

const int8_t bora_iq4_values[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

size_t bora_block_elements(bora_format format) { return bora_layouts[format].elements; }

size_t bora_block_bytes(bora_format format) { return bora_layouts[format].bytes; }

size_t bora_matrix_bytes(bora_format format, size_t rows, size_t columns) {
  const bora_layout *layout = &bora_layouts[format];
  return rows * (columns / layout->elements) * layout->bytes;
}

size_t bora_panel_count(size_t rows) { return (rows + BORA_PANEL_ROWS - 1) / BORA_PANEL_ROWS; }
