// Packed matrices: panels of 16 rows whose blocks are interleaved; the last panel is as wide as
// there are rows left. A packed matrix is a permutation of the file's bytes.
#include "formats.h"

#pragma STDC FP_CONTRACT OFF

static inline void copy_unit(uint8_t *to, const uint8_t *from, size_t unit) {
  switch (unit) {
  case 4: memcpy(to, from, 4); break;
  case 2: memcpy(to, from, 2); break;
  default: *to = *from;
  }
}

// Defines a function that turns a square: rows of `16 / sizeof(type)` units, `pitch` bytes apart,
// become the columns of a panel of 16 rows, `step` bytes apart for each of the 16. Halves of the
// rows are interleaved until all are.
#define DEFINE_TURN(name, type, low, high)                                                      \
  static inline void turn_##name(                                                               \
      const uint8_t *from, size_t pitch, uint8_t *to, size_t step) {                            \
    enum { UNITS = 16 / sizeof(type) };                                                         \
    typedef type vector __attribute__((vector_size(16)));                                       \
    vector rows[UNITS], mixed[UNITS];                                                           \
    for (size_t r = 0; r < UNITS; r++) memcpy(&rows[r], from + r * pitch, 16);                  \
    _Pragma("clang loop unroll(full)") for (size_t done = 1; done < UNITS; done *= 2) {         \
      for (size_t r = 0; r < UNITS / 2; r++) {                                                  \
        mixed[2 * r] = __builtin_shufflevector(rows[r], rows[r + UNITS / 2], low);              \
        mixed[2 * r + 1] = __builtin_shufflevector(rows[r], rows[r + UNITS / 2], high);         \
      }                                                                                         \
      memcpy(rows, mixed, sizeof rows);                                                         \
    }                                                                                           \
    for (size_t r = 0; r < UNITS; r++)                                                          \
      memcpy(to + r * BORA_PANEL_ROWS * step, &rows[r], 16);                                    \
  }
#define LIST(...) __VA_ARGS__
DEFINE_TURN(4, uint32_t, LIST(0, 4, 1, 5), LIST(2, 6, 3, 7))
DEFINE_TURN(2, uint16_t, LIST(0, 8, 1, 9, 2, 10, 3, 11), LIST(4, 12, 5, 13, 6, 14, 7, 15))
DEFINE_TURN(
    1, uint8_t, LIST(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
    LIST(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))
#undef LIST
#undef DEFINE_TURN

// Turns `count` units of each of 16 rows, `pitch` bytes apart, into `[count][16]`, whose rows are
// `step` bytes apart for each of the 16.
static inline __attribute__((always_inline)) void turn_units(
    const uint8_t *from, size_t pitch, const size_t unit, size_t count, size_t step,
    uint8_t *to) {
  const size_t square = 16 / unit;
  size_t i = 0;
  for (; i + square <= count; i += square)
    for (size_t row = 0; row < BORA_PANEL_ROWS; row += square) {
      const uint8_t *corner = from + row * pitch + i * unit;
      uint8_t *turned = to + i * step * BORA_PANEL_ROWS + row * unit;
      switch (unit) {
      case 4: turn_4(corner, pitch, turned, step); break;
      case 2: turn_2(corner, pitch, turned, step); break;
      default: turn_1(corner, pitch, turned, step);
      }
    }
  for (; i < count; i++)
    for (size_t row = 0; row < BORA_PANEL_ROWS; row++)
      copy_unit(
          to + i * step * BORA_PANEL_ROWS + row * unit, from + row * pitch + i * unit, unit);
}

static void turn_rows(
    const uint8_t *from, size_t pitch, size_t unit, size_t count, size_t step, uint8_t *to) {
  switch (unit) {
  case 4: turn_units(from, pitch, 4, count, step, to); break;
  case 2: turn_units(from, pitch, 2, count, step, to); break;
  default: turn_units(from, pitch, 1, count, step, to);
  }
}

static size_t panel_width(size_t rows, size_t panel) {
  size_t left = rows - panel * BORA_PANEL_ROWS;
  return left < BORA_PANEL_ROWS ? left : BORA_PANEL_ROWS;
}

// Packs a panel of 16 rows, `pitch` bytes apart, of a format whose elements go in pairs.
static void pack_pairs(size_t elements, const uint8_t *rows, size_t pitch, uint8_t *panel) {
  size_t pairs = elements / 2;
  turn_rows(rows, pitch, 4, pairs, 4, panel);
  for (size_t i = 0; i < pairs * BORA_PANEL_ROWS; i++) {
    uint32_t pair = bora_load32(panel + 4 * i);
    // The second element comes first.
    pair = pair << 16 | pair >> 16;
    memcpy(panel + 4 * i, &pair, 4);
  }
  turn_rows(rows + 4 * pairs, pitch, 2, elements % 2, 2, panel + 4 * pairs * BORA_PANEL_ROWS);
}

// Packs `blocks` blocks of each of 16 rows, `pitch` bytes apart.
static void pack_blocks(
    const bora_layout *layout, size_t blocks, const uint8_t *rows, size_t pitch, uint8_t *panel) {
  if (layout->pairs) {
    pack_pairs(blocks, rows, pitch, panel);
    return;
  }
  for (size_t f = 0; f < layout->field_count; f++) {
    bora_field field = layout->fields[f];
    turn_rows(
        rows + field.source, pitch, field.unit, blocks * field.count, field.step,
        panel + BORA_PANEL_ROWS * field.target);
  }
}

// Asks for the same part of the rows of the next panel: a processor does not foresee reading in 16
// places, each for as short a time as a row is long. `offset` is where the part lies in its row.
static inline void fetch_next(const uint8_t *rows, size_t pitch, size_t offset, size_t bytes) {
  // Every line that begins in this part.
  for (size_t i = (64 - offset % 64) % 64; i < bytes; i += 64)
    for (size_t row = 0; row < BORA_PANEL_ROWS; row++)
      __builtin_prefetch(rows + (BORA_PANEL_ROWS + row) * pitch + i);
}

// Packs a panel of 16 rows, `pitch` bytes apart: of elements without blocks, which are as good as
// one block together, a cache line of each row at a time.
static void pack_panel(
    const bora_layout *layout, size_t blocks, const uint8_t *rows, size_t pitch, uint8_t *panel) {
  const size_t run = layout->elements == 1 ? 64 / layout->bytes : 1;
  for (size_t block = 0; block < blocks; block += run) {
    const size_t count = blocks - block < run ? blocks - block : run;
    const size_t offset = block * layout->bytes;
    fetch_next(rows + offset, pitch, offset, count * layout->bytes);
    pack_blocks(layout, count, rows + offset, pitch, panel + BORA_PANEL_ROWS * offset);
  }
}

// Where the fields of block `block` of `blocks` begin in a panel, for row `row`.
static inline size_t block_offset(
    const bora_layout *layout, size_t width, size_t row, size_t block, size_t blocks) {
  size_t in_pair = block % 2;
  if (!layout->pairs || block - in_pair + 1 == blocks) return block * width * layout->bytes;
  // Units of a row are two apart.
  return ((block - in_pair) * width + row + 1 - in_pair) * layout->bytes;
}

// Moves the unit of row `row` between a file's block and a block position of a panel.
static inline void move_block(
    const bora_layout *layout, size_t width, size_t row, uint8_t *panel, uint8_t *own,
    bool packing) {
  for (size_t f = 0; f < layout->field_count; f++) {
    bora_field field = layout->fields[f];
    for (size_t i = 0; i < field.count; i++) {
      uint8_t *inside =
          panel + (field.target + i * field.step) * width + row * field.unit;
      uint8_t *outside = own + field.source + i * field.unit;
      if (packing) copy_unit(inside, outside, field.unit);
      else copy_unit(outside, inside, field.unit);
    }
  }
}

static void move_panels(
    bora_format format, size_t rows, size_t columns, size_t first, size_t count, uint8_t *packed,
    uint8_t *source, bool packing) {
  const bora_layout *layout = &bora_layouts[format];
  size_t blocks = columns / layout->elements;
  size_t row_bytes = blocks * layout->bytes;
  for (size_t p = first; p < first + count; p++) {
    size_t width = panel_width(rows, p);
    uint8_t *panel = packed + p * BORA_PANEL_ROWS * row_bytes;
    uint8_t *top = source + p * BORA_PANEL_ROWS * row_bytes;
    if (packing && width == BORA_PANEL_ROWS) {
      pack_panel(layout, blocks, top, row_bytes, panel);
      continue;
    }
    for (size_t block = 0; block < blocks; block++)
      for (size_t row = 0; row < width; row++)
        move_block(
            layout, width, row, panel + block_offset(layout, width, row, block, blocks),
            top + row * row_bytes + block * layout->bytes, packing);
  }
}

void bora_pack(
    bora_format format, size_t rows, size_t columns, size_t first, size_t count,
    const void *source, void *packed) {
  move_panels(format, rows, columns, first, count, packed, (uint8_t *)source, true);
}

void bora_unpack(
    bora_format format, size_t rows, size_t columns, size_t first, size_t count,
    const void *packed, void *rows_out) {
  move_panels(format, rows, columns, first, count, (uint8_t *)packed, rows_out, false);
}

void bora_widen(bora_format format, size_t width, size_t blocks, const uint8_t *panel, void *out) {
  const bora_layout *layout = &bora_layouts[format];
  uint8_t *wide = out;
  size_t together;
  for (size_t block = 0; block < blocks; block += together) {
    together = layout->pairs && block + 1 < blocks ? 2 : 1;
    for (size_t f = 0; f < layout->field_count; f++) {
      const bora_field field = layout->fields[f];
      const size_t unit = together * field.unit;
      for (size_t i = 0; i < field.count; i++) {
        const size_t at = field.target + i * field.step;
        uint8_t *wider = wide + at * BORA_PANEL_ROWS;
        memcpy(wider, panel + at * width, width * unit);
        memset(wider + width * unit, 0, (BORA_PANEL_ROWS - width) * unit);
      }
    }
    panel += together * layout->bytes * width;
    wide += together * layout->bytes * BORA_PANEL_ROWS;
  }
}

static void dequantize_q8_0(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  for (int i = 0; i < 32; i++) out[i] = scale * (int8_t)block[2 + i];
}

static void dequantize_q4_0(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  for (int i = 0; i < 16; i++) {
    out[i] = scale * ((block[2 + i] & 15) - 8);
    out[i + 16] = scale * ((block[2 + i] >> 4) - 8);
  }
}

static void dequantize_q4_1(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  float added = bora_float_of_half(bora_load16(block + 2));
  for (int i = 0; i < 16; i++) {
    out[i] = scale * (block[4 + i] & 15) + added;
    out[i + 16] = scale * (block[4 + i] >> 4) + added;
  }
}

// Element `i` of 32: a nibble, and a bit of its own above.
static int five_bits(const uint8_t *nibbles, uint32_t high, int i) {
  return (nibbles[i % 16] >> 4 * (i / 16) & 15) | (int)(high >> i & 1) << 4;
}

static void dequantize_q5_0(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  uint32_t high = bora_load32(block + 2);
  for (int i = 0; i < 32; i++) out[i] = scale * (five_bits(block + 6, high, i) - 16);
}

static void dequantize_q5_1(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  float added = bora_float_of_half(bora_load16(block + 2));
  uint32_t high = bora_load32(block + 4);
  for (int i = 0; i < 32; i++) out[i] = scale * five_bits(block + 8, high, i) + added;
}

// Two bits of element `i` of 256: 32 bytes hold four sub-blocks.
static int two_bits(const uint8_t *bytes, int i) {
  return bytes[32 * (i / 128) + i % 32] >> 2 * (i / 32 % 4) & 3;
}

static void dequantize_q2_k(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block + 80));
  float minimum = bora_float_of_half(bora_load16(block + 82));
  for (int i = 0; i < 256; i++) {
    int four = block[i / 16];
    float product = scale * (four & 15) * two_bits(block + 16, i);
    out[i] = product - minimum * (four >> 4);
  }
}

static void dequantize_q3_k(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block + 108));
  const uint8_t *six = block + 96;
  for (int i = 0; i < 256; i++) {
    int s = i / 16;
    int low = six[s % 8] >> 4 * (s / 8) & 15, high = six[8 + s % 4] >> 2 * (s / 4) & 3;
    int bit = block[i % 32] >> (i / 32) & 1;
    out[i] = scale * ((low | high << 4) - 32) * ((two_bits(block + 32, i) | bit << 2) - 4);
  }
}

// Q4_K, and Q5_K, whose elements have a bit more in `high`.
static void dequantize_sub_blocks(
    const uint8_t *block, const uint8_t *nibbles, const uint8_t *high, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  float minimum = bora_float_of_half(bora_load16(block + 2));
  const uint8_t *six = block + 4;
  for (int sub = 0; sub < 8; sub++) {
    int s = sub < 4 ? six[sub] & 63 : (six[sub + 4] & 15) | (six[sub - 4] >> 6) << 4;
    int m = sub < 4 ? six[sub + 4] & 63 : six[sub + 4] >> 4 | (six[sub] >> 6) << 4;
    for (int i = 0; i < 32; i++) {
      int bit = high ? high[i] >> sub & 1 : 0;
      int number = (nibbles[32 * (sub / 2) + i] >> 4 * (sub % 2) & 15) | bit << 4;
      out[32 * sub + i] = scale * s * number - minimum * m;
    }
  }
}

static void dequantize_q4_k(const uint8_t *block, float *out) {
  dequantize_sub_blocks(block, block + 16, NULL, out);
}

static void dequantize_q5_k(const uint8_t *block, float *out) {
  dequantize_sub_blocks(block, block + 48, block + 16, out);
}

static void dequantize_q6_k(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block + 208));
  for (int i = 0; i < 256; i++) {
    int half = i / 128, quarter = i / 32 % 4, column = i % 32;
    int low = block[64 * half + 32 * (quarter % 2) + column] >> 4 * (quarter / 2) & 15;
    int high = block[128 + 32 * half + column] >> 2 * quarter & 3;
    out[i] = scale * (int8_t)block[192 + i / 16] * ((low | high << 4) - 32);
  }
}

static void dequantize_iq4(const uint8_t *nibbles, float scale, float *out) {
  for (int i = 0; i < 16; i++) {
    out[i] = scale * bora_iq4_values[nibbles[i] & 15];
    out[i + 16] = scale * bora_iq4_values[nibbles[i] >> 4];
  }
}

static void dequantize_iq4_nl(const uint8_t *block, float *out) {
  dequantize_iq4(block + 2, bora_float_of_half(bora_load16(block)), out);
}

static void dequantize_iq4_xs(const uint8_t *block, float *out) {
  float scale = bora_float_of_half(bora_load16(block));
  for (int sub = 0; sub < 8; sub++) {
    int low = block[4 + sub / 2] >> 4 * (sub % 2) & 15;
    int high = bora_load16(block + 2) >> 2 * sub & 3;
    dequantize_iq4(block + 8 + 16 * sub, scale * ((low | high << 4) - 32), out + 32 * sub);
  }
}

static void dequantize_block(bora_format format, const uint8_t *block, float *out) {
  switch (format) {
  case BORA_F32: memcpy(out, block, 4); break;
  case BORA_F16: *out = bora_float_of_half(bora_load16(block)); break;
  case BORA_BF16: *out = bora_float_of_bfloat(bora_load16(block)); break;
  case BORA_Q8_0: dequantize_q8_0(block, out); break;
  case BORA_Q4_0: dequantize_q4_0(block, out); break;
  case BORA_Q4_1: dequantize_q4_1(block, out); break;
  case BORA_Q5_0: dequantize_q5_0(block, out); break;
  case BORA_Q5_1: dequantize_q5_1(block, out); break;
  case BORA_Q2_K: dequantize_q2_k(block, out); break;
  case BORA_Q3_K: dequantize_q3_k(block, out); break;
  case BORA_Q4_K: dequantize_q4_k(block, out); break;
  case BORA_Q5_K: dequantize_q5_k(block, out); break;
  case BORA_Q6_K: dequantize_q6_k(block, out); break;
  case BORA_IQ4_NL: dequantize_iq4_nl(block, out); break;
  case BORA_IQ4_XS: dequantize_iq4_xs(block, out); break;
  case BORA_FORMAT_COUNT: break;
  }
}

void bora_dequantize_row(
    bora_format format, size_t rows, size_t columns, size_t row, const void *packed, float *out) {
  const bora_layout *layout = &bora_layouts[format];
  size_t blocks = columns / layout->elements;
  size_t panel = row / BORA_PANEL_ROWS, width = panel_width(rows, panel);
  uint8_t *top = (uint8_t *)packed + panel * BORA_PANEL_ROWS * blocks * layout->bytes;
  row %= BORA_PANEL_ROWS;
  uint8_t own[BORA_MAX_BLOCK_BYTES];
  for (size_t block = 0; block < blocks; block++) {
    move_block(
        layout, width, row, top + block_offset(layout, width, row, block, blocks), own, false);
    dequantize_block(format, own, out);
    out += layout->elements;
  }
}
