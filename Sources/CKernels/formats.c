// Sizes and fields of the block formats (ggml's block_q8_0, block_q4_0, block_q4_K, block_q6_K).
#include "formats.h"

const bora_layout bora_layouts[BORA_FORMAT_COUNT] = {
    [BORA_F32] = {1, 4, 1, {{0, 4, 1}}},
    [BORA_F16] = {1, 2, 1, {{0, 2, 1}}},
    [BORA_BF16] = {1, 2, 1, {{0, 2, 1}}},
    // 32 int8; scale
    [BORA_Q8_0] = {32, 34, 2, {{2, 4, 8}, {0, 2, 1}}},
    // 16 bytes: elements i and i + 16; scale
    [BORA_Q4_0] = {32, 18, 2, {{2, 4, 4}, {0, 2, 1}}},
    // 4 × 32 bytes: two sub-blocks of 32; 8 × (scale, minimum) of 6 bits; scale; minimum
    [BORA_Q4_K] = {256, 144, 4, {{16, 4, 32}, {4, 4, 3}, {0, 2, 1}, {2, 2, 1}}},
    // low 4 bits; high 2 bits; 16 int8 scales; scale
    [BORA_Q6_K] = {256, 210, 4, {{0, 4, 32}, {128, 4, 16}, {192, 1, 16}, {208, 2, 1}}},
};

size_t bora_block_elements(bora_format format) { return bora_layouts[format].elements; }

size_t bora_block_bytes(bora_format format) { return bora_layouts[format].bytes; }

size_t bora_matrix_bytes(bora_format format, size_t rows, size_t columns) {
  const bora_layout *layout = &bora_layouts[format];
  return rows * (columns / layout->elements) * layout->bytes;
}

size_t bora_panel_count(size_t rows) { return (rows + BORA_PANEL_ROWS - 1) / BORA_PANEL_ROWS; }
