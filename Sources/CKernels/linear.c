// Linear layers: which panels, chunks and tiles a task computes, and what happens to the sums.
#include "kernels.h"
#include "tile_bfloat.h"

enum {
  // Rows of activations whose sums a task keeps at once: a little more than the 512 of a chunk of a
  // prompt, since every slab expands the weights anew.
  SLAB_ROWS = 86 * BORA_TILE_COLUMNS,
  PANEL_SUMS = BORA_PANEL_ROWS,
  // The widest chunk of a last, narrower panel: one of f32.
  WIDE_BYTES = BORA_CHUNK_FLOAT * 4 * BORA_PANEL_ROWS,
};

// A task's memory.
typedef struct scratch {
  union {
    bora_expanded int8[BORA_TILE_PANELS];
    bora_float_panel float32[BORA_TILE_PANELS];
  } expanded;
  uint8_t wide[WIDE_BYTES] __attribute__((aligned(64)));
  // `[matrix or gate][panel][column][row]`
  float sums[] __attribute__((aligned(64)));
} scratch;

static size_t at_most(size_t limit, size_t value) { return value < limit ? value : limit; }

static size_t slab_rows(size_t count) { return at_most(SLAB_ROWS, count); }

static size_t task_panels(size_t rows) {
  return at_most(BORA_TASK_PANELS, bora_panel_count(rows));
}

static size_t sums_of_matrix(size_t rows, size_t count) {
  return task_panels(rows) * slab_rows(count) * PANEL_SUMS;
}

size_t bora_linear_tasks(size_t rows) {
  return (bora_panel_count(rows) + BORA_TASK_PANELS - 1) / BORA_TASK_PANELS;
}

size_t bora_linear_scratch_bytes(size_t rows, size_t count, bool gated) {
  return sizeof(scratch) + (gated ? 2 : 1) * sums_of_matrix(rows, count) * sizeof(float);
}

bora_arithmetic bora_arithmetic_of(bora_format format, bool exact) {
  if (exact || format == BORA_F32 || format == BORA_F16) return BORA_FLOAT;
  return format == BORA_BF16 ? BORA_BFLOAT : BORA_INT8;
}

size_t bora_activation_bytes(bora_arithmetic arithmetic, size_t count, size_t columns) {
  if (arithmetic == BORA_INT8) return count * (columns / 32) * sizeof(bora_rounded);
  // Room for the numbers of bf16 in f32, which most instruction sets multiply them in.
  return count * columns * sizeof(float);
}

// Whether so few rows of activations stay in first-level cache while weights are read past them.
static bool are_few(size_t count) { return count <= BORA_DIRECT_COLUMNS; }

// Columns of a tile of `count` rows of activations, but for the last.
static size_t tile_columns(size_t count) {
  return are_few(count) ? BORA_WIDE_TILE_COLUMNS : BORA_TILE_COLUMNS;
}

size_t bora_tile_count(size_t count) {
  return (count + tile_columns(count) - 1) / tile_columns(count);
}

static size_t chunk_elements(bora_arithmetic arithmetic, size_t columns, size_t first) {
  size_t chunk = arithmetic == BORA_INT8 ? BORA_CHUNK_INT8 : BORA_CHUNK_FLOAT;
  return at_most(chunk, columns - first);
}

// What `count` rows of so many elements take in the form that these kernels read.
static size_t prepared_bytes(
    const bora_kernels *kernels, bora_arithmetic arithmetic, size_t count, size_t elements) {
  // Pairs of bf16; the last of an odd number is alone in its word.
  if (arithmetic == BORA_BFLOAT && kernels->tile_bfloat) return count * ((elements + 1) / 2) * 4;
  return bora_activation_bytes(arithmetic, count, elements);
}

// Where the tile of `width` columns that begins at row `start` lies for a chunk of elements. A tile
// of few rows is in one piece, since kernels go through whole rows of weights; of many, all tiles
// of a chunk are neighbours, since they are read after each other.
static size_t tile_offset(
    const bora_kernels *kernels, bora_arithmetic arithmetic, size_t count, size_t columns,
    size_t start, size_t width, size_t first, size_t elements) {
  if (are_few(count))
    return prepared_bytes(kernels, arithmetic, start, columns)
           + prepared_bytes(kernels, arithmetic, width, first);
  return prepared_bytes(kernels, arithmetic, count, first)
         + prepared_bytes(kernels, arithmetic, start, elements);
}

void bora_prepare_tile(
    const bora_kernels *kernels, bora_arithmetic arithmetic, const float *input, size_t count,
    size_t columns, size_t tile, void *prepared) {
  size_t start = tile * tile_columns(count), elements;
  size_t width = at_most(tile_columns(count), count - start);
  for (size_t first = 0; first < columns; first += elements) {
    elements = chunk_elements(arithmetic, columns, first);
    kernels->prepare[arithmetic](
        input + start * columns + first, columns, elements, width,
        (uint8_t *)prepared
            + tile_offset(
                kernels, arithmetic, count, columns, start, width, first, elements));
  }
}

// The panels of one matrix that a task computes, over one slab of activations.
typedef struct product {
  const bora_kernels *kernels;
  const bora_linear *linear;
  // The linear layer's matrix or its gate.
  const bora_matrix *matrix;
  bora_arithmetic arithmetic;
  size_t first_panel;
  size_t panels;
  const uint8_t *activations;
  // Rows of activations, and those of the slab.
  size_t count;
  size_t first_row;
  size_t slab;
  scratch *scratch;
  float *sums;
  // The complete sums of the gate; NULL where there is none, and for the gate itself.
  const float *gate_sums;
} product;

static size_t panel_height(const bora_matrix *matrix, size_t top) {
  return at_most(BORA_PANEL_ROWS, matrix->rows - top);
}

// Where a chunk of panel `p` begins.
static const uint8_t *packed_chunk(const product *product, size_t p, size_t first) {
  const bora_matrix *matrix = product->matrix;
  size_t top = (product->first_panel + p) * BORA_PANEL_ROWS;
  return (const uint8_t *)matrix->packed
         + bora_matrix_bytes(matrix->format, top, matrix->columns)
         + bora_matrix_bytes(matrix->format, panel_height(matrix, top), first);
}

// A chunk of panel `p` at the full width of 16 rows.
static const void *full_width(
    const product *product, size_t p, size_t first, size_t elements) {
  const bora_format format = product->matrix->format;
  const uint8_t *chunk = packed_chunk(product, p, first);
  size_t top = (product->first_panel + p) * BORA_PANEL_ROWS;
  size_t width = panel_height(product->matrix, top);
  if (width == BORA_PANEL_ROWS) return chunk;
  size_t blocks = elements / bora_layouts[format].elements;
  bora_widen(format, width, blocks, chunk, product->scratch->wide);
  return product->scratch->wide;
}

// Whether bf16 panels and activations are multiplied as such.
static bool is_bfloat(const product *product) {
  return product->arithmetic == BORA_BFLOAT && product->kernels->tile_bfloat;
}

// How many panels are read as they are packed, side by side; 0 where they are expanded first: for
// many columns, and where there is no kernel for it.
static size_t direct_panels(const product *product) {
  const bora_format format = product->matrix->format;
  if (is_bfloat(product)) return BORA_DIRECT_FLOAT_PANELS;
  if (!are_few(product->count)) return 0;
  if (product->arithmetic == BORA_INT8) return product->kernels->direct_int8[format] ? 1 : 0;
  return product->kernels->direct_float[format] ? BORA_DIRECT_FLOAT_PANELS : 0;
}

// A tile of the activations of a slab, and where its sums for a panel begin.
typedef struct tile {
  size_t width;
  const void *activations;
  float *sums;
} tile;

static tile tile_at(
    const product *product, size_t start, size_t p, size_t first, size_t elements) {
  size_t left = product->first_row + product->slab - start;
  size_t width = at_most(tile_columns(product->count), left);
  return (tile){
      width,
      product->activations
          + tile_offset(
              product->kernels, product->arithmetic, product->count, product->matrix->columns,
              start, width, first, elements),
      product->sums + (p * product->slab + start - product->first_row) * PANEL_SUMS};
}

static void add_bias(const float *bias, size_t rows, size_t width, float *sums) {
  for (size_t c = 0; c < width; c++, sums += PANEL_SUMS)
    for (size_t r = 0; r < rows; r++) sums[r] += bias[r];
}

// Does to a tile's complete sums what is left: adds the bias, and but for a gate's, which are kept,
// multiplies by the gate and writes them to the output. While these writes wait for memory the next
// tile's products begin.
static void finish(
    const product *product, size_t p, size_t count, size_t start, size_t width, float *sums) {
  const bora_linear *linear = product->linear;
  const bora_matrix *matrix = product->matrix;
  const size_t stride = product->slab * PANEL_SUMS;
  const size_t top = (product->first_panel + p) * BORA_PANEL_ROWS;
  if (matrix->bias)
    for (size_t i = 0; i < count; i++) {
      size_t first = top + i * BORA_PANEL_ROWS;
      add_bias(matrix->bias + first, panel_height(matrix, first), width, sums + i * stride);
    }
  if (matrix == &linear->gate) return;
  if (product->gate_sums)
    for (size_t i = 0; i < count; i++)
      product->kernels->gate[linear->activation](
          product->gate_sums + (sums - product->sums) + i * stride, width * PANEL_SUMS,
          sums + i * stride);
  product->kernels->write_sums(
      sums, stride, width, at_most(count * BORA_PANEL_ROWS, matrix->rows - top), linear->scale,
      linear->accumulates, linear->output + start * matrix->rows + top, matrix->rows);
}

// Adds the products of panels `p ..< p + count`, as they are packed, with a chunk of the columns.
static void multiply_direct(
    const product *product, size_t p, size_t count, size_t first, size_t elements) {
  const bora_format format = product->matrix->format;
  const void *panels[BORA_DIRECT_FLOAT_PANELS];
  // Only the last panel of a matrix may be narrower, and be widened in the task's memory.
  for (size_t i = 0; i < count; i++) panels[i] = full_width(product, p + i, first, elements);
  size_t end = product->first_row + product->slab, stride = product->slab * PANEL_SUMS;
  size_t step = tile_columns(product->count);
  const bool is_last = first + elements == product->matrix->columns;
  for (size_t start = product->first_row; start < end; start += step) {
    tile tile = tile_at(product, start, p, first, elements);
    if (product->arithmetic == BORA_INT8)
      product->kernels->direct_int8[format](
          panels[0], elements / 32, tile.activations, tile.width, tile.sums);
    else if (is_bfloat(product))
      product->kernels->tile_bfloat(
          panels, count, elements, tile.activations, tile.width, tile.sums, stride);
    else
      product->kernels->direct_float[format](
          panels, count, elements, tile.activations, tile.width, tile.sums,
          stride);
    if (is_last) finish(product, p, count, start, tile.width, tile.sums);
  }
}

// The same with whole rows: a chunk at a time where a narrow panel has to be widened.
static void multiply_rows(const product *product, size_t p, size_t count) {
  const bora_matrix *matrix = product->matrix;
  size_t last = (product->first_panel + p + count - 1) * BORA_PANEL_ROWS;
  bool is_narrow = panel_height(matrix, last) < BORA_PANEL_ROWS;
  for (size_t first = 0, elements; first < matrix->columns; first += elements) {
    elements = is_narrow ? chunk_elements(product->arithmetic, matrix->columns, first)
                         : matrix->columns;
    multiply_direct(product, p, count, first, elements);
  }
}

// Packed weights that are expanded next, of which every tile asks for a part.
typedef struct ahead {
  const uint8_t *panels[BORA_TILE_PANELS];
  size_t count;
  size_t tile_bytes;
} ahead;

// Those behind the panels before `p` of a chunk.
static ahead weights_after(const product *product, size_t p, size_t first, size_t elements) {
  ahead ahead = {.count = 0};
  const bora_matrix *matrix = product->matrix;
  if (p >= product->panels) {
    p = 0;
    first += elements;
  }
  if (first >= matrix->columns) return ahead;
  elements = chunk_elements(product->arithmetic, matrix->columns, first);
  for (; ahead.count < BORA_TILE_PANELS && p < product->panels; p++)
    ahead.panels[ahead.count++] = packed_chunk(product, p, first);
  size_t step = tile_columns(product->count), tiles = (product->slab + step - 1) / step;
  ahead.tile_bytes =
      (bora_matrix_bytes(matrix->format, BORA_PANEL_ROWS, elements) + tiles - 1) / tiles;
  return ahead;
}

static void prefetch(ahead *ahead) {
  for (size_t i = 0; i < ahead->count; i++) {
    for (size_t byte = 0; byte < ahead->tile_bytes; byte += 64)
      __builtin_prefetch(ahead->panels[i] + byte, 0, 2);
    ahead->panels[i] += ahead->tile_bytes;
  }
}

// Adds the products of panels `p ..< p + count` with a chunk of the columns to their sums.
static void multiply_tiles(
    const product *product, size_t p, size_t count, size_t first, size_t elements) {
  const bora_kernels *kernels = product->kernels;
  const bora_format format = product->matrix->format;
  const bora_arithmetic arithmetic = product->arithmetic;
  scratch *scratch = product->scratch;
  for (size_t i = 0; i < count; i++) {
    const void *chunk = full_width(product, p + i, first, elements);
    if (arithmetic == BORA_INT8)
      kernels->expand[format](chunk, elements / 32, &scratch->expanded.int8[i]);
    else kernels->expand_float(format, chunk, elements, scratch->expanded.float32[i]);
  }
  size_t end = product->first_row + product->slab, stride = product->slab * PANEL_SUMS;
  size_t step = tile_columns(product->count);
  const bool is_last = first + elements == product->matrix->columns;
  ahead ahead = weights_after(product, p + count, first, elements);
  for (size_t start = product->first_row; start < end; start += step) {
    prefetch(&ahead);
    tile tile = tile_at(product, start, p, first, elements);
    if (arithmetic == BORA_INT8)
      kernels->tile_int8[bora_layouts[format].scaling](
          scratch->expanded.int8, count, elements / 32, tile.activations, tile.width, tile.sums,
          stride);
    else
      kernels->tile_float(
          scratch->expanded.float32, count, elements, tile.activations, tile.width,
          tile.sums, stride);
    if (is_last) finish(product, p, count, start, tile.width, tile.sums);
  }
}

// Computes the product and finishes its sums.
static void multiply(const product *product) {
  // All that is done to the sums is flushed like the products: bias, gate and what is added to.
  bool flushes = product->arithmetic == BORA_BFLOAT;
  uint64_t before = flushes ? bora_begin_flushing() : 0;
  memset(product->sums, 0, product->panels * product->slab * PANEL_SUMS * sizeof(float));
  const bool is_direct = direct_panels(product) > 0;
  const size_t together = is_direct ? direct_panels(product) : BORA_TILE_PANELS;
  if (is_direct && are_few(product->count)) {
    // Weights are read as they lie in memory.
    for (size_t p = 0; p < product->panels; p += together)
      multiply_rows(product, p, at_most(together, product->panels - p));
  } else {
    // Activations are read a chunk at a time by all panels.
    const size_t columns = product->matrix->columns;
    for (size_t first = 0, elements; first < columns; first += elements) {
      elements = chunk_elements(product->arithmetic, columns, first);
      for (size_t p = 0; p < product->panels; p += together) {
        size_t count = at_most(together, product->panels - p);
        if (is_direct) multiply_direct(product, p, count, first, elements);
        else multiply_tiles(product, p, count, first, elements);
      }
    }
  }
  if (flushes) bora_end_flushing(before);
}

void bora_linear_task(
    const bora_kernels *kernels, const bora_linear *linear, size_t task, void *memory) {
  scratch *scratch = memory;
  size_t first_panel = task * BORA_TASK_PANELS;
  size_t panels = at_most(BORA_TASK_PANELS, bora_panel_count(linear->matrix.rows) - first_panel);
  for (size_t row = 0; row < linear->count; row += SLAB_ROWS) {
    size_t slab = slab_rows(linear->count - row);
    product product = {
        .kernels = kernels,
        .linear = linear,
        .matrix = &linear->matrix,
        .arithmetic = bora_arithmetic_of(linear->matrix.format, linear->exact),
        .first_panel = first_panel,
        .panels = panels,
        .activations = linear->activations,
        .count = linear->count,
        .first_row = row,
        .slab = slab,
        .scratch = scratch,
        .sums = scratch->sums,
    };
    if (linear->gate.packed) {
      struct product gate = product;
      gate.matrix = &linear->gate;
      gate.arithmetic = bora_arithmetic_of(linear->gate.format, linear->exact);
      gate.activations = linear->gate_activations;
      gate.sums += sums_of_matrix(linear->matrix.rows, linear->count);
      multiply(&gate);
      product.gate_sums = gate.sums;
    }
    multiply(&product);
  }
}
