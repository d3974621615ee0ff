// Sizes, scaling and fields of the formats. Blocks are ggml's (block_q8_0, block_q4_K, … in
// ggml-common.h).
#include "formats.h"

// A field whose units are neighbours, and one of three that take turns.
#define RUN(source, target, unit, count) {source, unit, count, target, unit}
#define TURN(source, target, unit, count) {source, unit, count, target, 3 * unit}

const bora_layout bora_layouts[BORA_FORMAT_COUNT] = {
    [BORA_F32] = {1, 4, BORA_PLAIN, 1, {RUN(0, 0, 4, 1)}},
    [BORA_F16] = {1, 2, BORA_PLAIN, 1, {RUN(0, 0, 2, 1)}},
    [BORA_BF16] = {1, 2, BORA_PLAIN, 1, {RUN(0, 0, 2, 1)}, .pairs = true},
    // 32 int8; scale
    [BORA_Q8_0] = {32, 34, BORA_PLAIN, 2, {RUN(2, 0, 4, 8), RUN(0, 32, 2, 1)}},
    // 16 bytes: elements i and i + 16; scale
    [BORA_Q4_0] = {32, 18, BORA_PLAIN, 2, {RUN(2, 0, 4, 4), RUN(0, 16, 2, 1)}},
    // 16 bytes: elements i and i + 16; scale; what is added
    [BORA_Q4_1] =
        {32, 20, BORA_WITH_MINIMUMS, 3, {RUN(4, 0, 4, 4), RUN(0, 16, 2, 1), RUN(2, 18, 2, 1)}},
    // bit i: the fifth of element i; 16 bytes: elements i and i + 16; scale
    [BORA_Q5_0] =
        {32, 22, BORA_PLAIN, 3, {RUN(2, 0, 4, 1), RUN(6, 4, 4, 4), RUN(0, 20, 2, 1)}},
    // as Q5_0; what is added
    [BORA_Q5_1] =
        {32, 24, BORA_WITH_MINIMUMS, 4,
         {RUN(4, 0, 4, 1), RUN(8, 4, 4, 4), RUN(0, 20, 2, 1), RUN(2, 22, 2, 1)}},
    // 16 × (scale, minimum) of 4 bits; scale; minimum; 2 × 32 bytes: four sub-blocks of 32
    [BORA_Q2_K] =
        {256, 84, BORA_HALF_BLOCKS_WITH_MINIMUMS, 4,
         {RUN(0, 0, 4, 4), RUN(80, 16, 2, 1), RUN(82, 18, 2, 1), RUN(16, 20, 4, 16)}},
    // 16 scales of 6 bits; scale; 32 bytes: a bit for each sub-block; low 2 bits as in Q2_K
    [BORA_Q3_K] =
        {256, 110, BORA_HALF_BLOCKS, 4,
         {RUN(96, 0, 4, 3), RUN(108, 12, 2, 1), RUN(0, 14, 4, 8), RUN(32, 46, 4, 16)}},
    // 8 × (scale, minimum) of 6 bits; scale; minimum; 4 × 32 bytes: two sub-blocks of 32
    [BORA_Q4_K] =
        {256, 144, BORA_WITH_MINIMUMS, 4,
         {RUN(4, 0, 4, 3), RUN(0, 12, 2, 1), RUN(2, 14, 2, 1), RUN(16, 16, 4, 32)}},
    // scales and minimums as in Q4_K; 32 bytes: a bit for each sub-block; low 4 bits as in Q4_K
    [BORA_Q5_K] =
        {256, 176, BORA_WITH_MINIMUMS, 5,
         {RUN(4, 0, 4, 3), RUN(0, 12, 2, 1), RUN(2, 14, 2, 1), RUN(16, 16, 4, 8),
          RUN(48, 48, 4, 32)}},
    // 16 int8 scales; scale; for each half, 8 × (low 4 bits of sub-blocks 0 and 2, of 1 and 3, high
    // 2 bits of all four)
    [BORA_Q6_K] =
        {256, 210, BORA_HALF_BLOCKS, 8,
         {RUN(192, 0, 1, 16), RUN(208, 16, 2, 1), TURN(0, 18, 4, 8), TURN(32, 22, 4, 8),
          TURN(128, 26, 4, 8), TURN(64, 114, 4, 8), TURN(96, 118, 4, 8), TURN(160, 122, 4, 8)}},
    // 16 bytes: elements i and i + 16, as indices; scale
    [BORA_IQ4_NL] = {32, 18, BORA_PLAIN, 2, {RUN(2, 0, 4, 4), RUN(0, 16, 2, 1)}},
    // 8 × 4 low bits, then 8 × 2 high bits of a scale; scale; 8 × 16 bytes as in IQ4_NL
    [BORA_IQ4_XS] =
        {256, 136, BORA_PLAIN, 4,
         {RUN(4, 0, 4, 1), RUN(2, 4, 2, 1), RUN(0, 6, 2, 1), RUN(8, 8, 4, 32)}},
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
