// Linear layers: which panels, chunks and tiles a task computes, and what happens to the sums.
#include "kernels.h"

enum {
  // Columns whose sums a task keeps at once.
  SLAB_COLUMNS = 42 * BORA_TILE_COLUMNS,
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

static size_t slab_columns(size_t count) { return count < SLAB_COLUMNS ? count : SLAB_COLUMNS; }

static size_t task_panels(size_t rows) {
  size_t panels = bora_panel_count(rows);
  return panels < BORA_TASK_PANELS ? panels : BORA_TASK_PANELS;
}

static size_t sums_of_matrix(size_t rows, size_t count) {
  return task_panels(rows) * slab_columns(count) * PANEL_SUMS;
}

size_t bora_linear_tasks(size_t rows) {
  return (bora_panel_count(rows) + BORA_TASK_PANELS - 1) / BORA_TASK_PANELS;
}

size_t bora_linear_scratch_bytes(size_t rows, size_t count, bool gated) {
  return sizeof(scratch) + (gated ? 2 : 1) * sums_of_matrix(rows, count) * sizeof(float);
}

bora_arithmetic bora_arithmetic_of(bora_format format, bool exact) {
  return exact || bora_layouts[format].elements == 1 ? BORA_FLOAT : BORA_INT8;
}

size_t bora_activation_bytes(bora_arithmetic arithmetic, size_t count, size_t columns) {
  return arithmetic == BORA_INT8 ? count * (columns / 32) * BORA_TILE_BLOCK_BYTES
                                 : count * columns * sizeof(float);
}

size_t bora_tile_count(size_t count) { return (count + BORA_TILE_COLUMNS - 1) / BORA_TILE_COLUMNS; }

static size_t tile_width(size_t count, size_t tile) {
  size_t left = count - tile * BORA_TILE_COLUMNS;
  return left < BORA_TILE_COLUMNS ? left : BORA_TILE_COLUMNS;
}

void bora_prepare_tile(
    const bora_kernels *kernels, bora_arithmetic arithmetic, const float *input, size_t count,
    size_t columns, size_t tile, void *prepared) {
  size_t first = tile * BORA_TILE_COLUMNS, width = tile_width(count, tile);
  uint8_t *out = (uint8_t *)prepared + bora_activation_bytes(arithmetic, first, columns);
  input += first * columns;
  if (arithmetic == BORA_INT8) {
    kernels->quantize(input, columns, width, out);
    return;
  }
  float *turned = (float *)out;
  for (size_t k = 0; k < columns; k++)
    for (size_t c = 0; c < width; c++) *turned++ = input[c * columns + k];
}

// The panels of one matrix that a task computes, over one slab of columns.
typedef struct product {
  const bora_kernels *kernels;
  const bora_matrix *matrix;
  bora_arithmetic arithmetic;
  size_t first_panel;
  size_t panels;
  const uint8_t *activations;
  size_t first_column;
  size_t slab;
  scratch *scratch;
  float *sums;
} product;

// A chunk of panel `p` at the full width of 16 rows.
static const void *full_width(
    const product *product, size_t p, size_t first, size_t elements) {
  const bora_matrix *matrix = product->matrix;
  const bora_layout *layout = &bora_layouts[matrix->format];
  size_t top = (product->first_panel + p) * BORA_PANEL_ROWS;
  size_t width = matrix->rows - top < BORA_PANEL_ROWS ? matrix->rows - top : BORA_PANEL_ROWS;
  const uint8_t *chunk = (const uint8_t *)matrix->packed
                         + bora_matrix_bytes(matrix->format, top, matrix->columns)
                         + bora_matrix_bytes(matrix->format, width, first);
  if (width == BORA_PANEL_ROWS) return chunk;
  bora_widen(
      matrix->format, width, elements / layout->elements, chunk, product->scratch->wide);
  return product->scratch->wide;
}

// How many panels are read as they are packed, side by side; 0 where they are expanded first: for
// many columns, and where there is no kernel for it.
static size_t direct_panels(const product *product) {
  const bora_format format = product->matrix->format;
  size_t columns = product->first_column + product->slab;
  if (columns > BORA_DIRECT_COLUMNS) return 0;
  if (product->arithmetic == BORA_INT8) return product->kernels->direct_int8[format] ? 1 : 0;
  return product->kernels->direct_float[format] ? BORA_DIRECT_FLOAT_PANELS : 0;
}

// A tile of the activations of a slab, and where its sums for a panel begin.
typedef struct tile {
  size_t width;
  const uint8_t *activations;
  float *sums;
} tile;

static tile tile_at(
    const product *product, size_t start, size_t p, size_t first_element) {
  size_t left = product->first_column + product->slab - start;
  size_t width = left < BORA_TILE_COLUMNS ? left : BORA_TILE_COLUMNS;
  const bora_arithmetic arithmetic = product->arithmetic;
  return (tile){
      width,
      product->activations
          + bora_activation_bytes(arithmetic, start, product->matrix->columns)
          + bora_activation_bytes(arithmetic, width, first_element),
      product->sums + (p * product->slab + start - product->first_column) * PANEL_SUMS};
}

// Adds the products of panels `p ..< p + count`, as they are packed, with a chunk of the columns.
static void multiply_direct(
    const product *product, size_t p, size_t count, size_t first, size_t elements) {
  const bora_format format = product->matrix->format;
  const void *panels[BORA_DIRECT_FLOAT_PANELS];
  // Only the last panel of a matrix may be narrower, and be widened in the task's memory.
  for (size_t i = 0; i < count; i++) panels[i] = full_width(product, p + i, first, elements);
  size_t end = product->first_column + product->slab, stride = product->slab * PANEL_SUMS;
  for (size_t start = product->first_column; start < end; start += BORA_TILE_COLUMNS) {
    tile tile = tile_at(product, start, p, first);
    if (product->arithmetic == BORA_INT8)
      product->kernels->direct_int8[format](
          panels[0], elements / 32, tile.activations, tile.width, tile.sums);
    else
      product->kernels->direct_float[format](
          panels, count, elements, (const float *)tile.activations, tile.width, tile.sums,
          stride);
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
  size_t end = product->first_column + product->slab, stride = product->slab * PANEL_SUMS;
  for (size_t start = product->first_column; start < end; start += BORA_TILE_COLUMNS) {
    tile tile = tile_at(product, start, p, first);
    if (arithmetic == BORA_INT8)
      kernels->tile_int8[bora_layouts[format].scaling](
          scratch->expanded.int8, count, elements / 32, tile.activations, tile.width, tile.sums,
          stride);
    else
      kernels->tile_float(
          scratch->expanded.float32, count, elements, (const float *)tile.activations, tile.width,
          tile.sums, stride);
  }
}

static void multiply(const product *product) {
  memset(product->sums, 0, product->panels * product->slab * PANEL_SUMS * sizeof(float));
  size_t columns = product->matrix->columns;
  size_t chunk = product->arithmetic == BORA_INT8 ? BORA_CHUNK_INT8 : BORA_CHUNK_FLOAT;
  size_t direct = direct_panels(product), together = direct ? direct : BORA_TILE_PANELS;
  for (size_t p = 0; p < product->panels; p += together)
    for (size_t first = 0; first < columns; first += chunk) {
      size_t elements = columns - first < chunk ? columns - first : chunk;
      size_t count = product->panels - p < together ? product->panels - p : together;
      if (direct) multiply_direct(product, p, count, first, elements);
      else multiply_tiles(product, p, count, first, elements);
    }
}

static void add_bias(const float *bias, size_t first_row, size_t rows, float *sums) {
  if (bias)
    for (size_t r = 0; r < rows; r++) sums[r] += bias[first_row + r];
}

// Biases, gate, scale, residual: from the sums to the output.
static void finish(
    const bora_kernels *kernels, const bora_linear *linear, size_t first_panel, size_t panels,
    size_t first_column, size_t slab, float *sums, float *gates) {
  size_t rows = linear->matrix.rows;
  for (size_t p = 0; p < panels; p++) {
    size_t top = (first_panel + p) * BORA_PANEL_ROWS;
    size_t height = rows - top < BORA_PANEL_ROWS ? rows - top : BORA_PANEL_ROWS;
    for (size_t c = 0; c < slab; c++) {
      float *own = sums + (p * slab + c) * PANEL_SUMS;
      add_bias(linear->matrix.bias, top, height, own);
      if (gates) {
        float *gate = gates + (p * slab + c) * PANEL_SUMS;
        add_bias(linear->gate.bias, top, height, gate);
        kernels->gate[linear->activation](gate, PANEL_SUMS, own);
      }
      for (size_t r = 0; r < height; r++) own[r] *= linear->scale;
      float *output = linear->output + (first_column + c) * rows + top;
      if (linear->accumulates)
        for (size_t r = 0; r < height; r++) output[r] += own[r];
      else memcpy(output, own, height * sizeof(float));
    }
  }
}

void bora_linear_task(
    const bora_kernels *kernels, const bora_linear *linear, size_t task, void *memory) {
  scratch *scratch = memory;
  size_t first_panel = task * BORA_TASK_PANELS;
  size_t panels = bora_panel_count(linear->matrix.rows) - first_panel;
  if (panels > BORA_TASK_PANELS) panels = BORA_TASK_PANELS;
  for (size_t column = 0; column < linear->count; column += SLAB_COLUMNS) {
    size_t slab = slab_columns(linear->count - column);
    product product = {
        .kernels = kernels,
        .matrix = &linear->matrix,
        .arithmetic = bora_arithmetic_of(linear->matrix.format, linear->exact),
        .first_panel = first_panel,
        .panels = panels,
        .activations = linear->activations,
        .first_column = column,
        .slab = slab,
        .scratch = scratch,
        .sums = scratch->sums,
    };
    multiply(&product);
    float *gates = NULL;
    if (linear->gate.packed) {
      gates = scratch->sums + sums_of_matrix(linear->matrix.rows, linear->count);
      product.matrix = &linear->gate;
      product.arithmetic = bora_arithmetic_of(linear->gate.format, linear->exact);
      product.activations = linear->gate_activations;
      product.sums = gates;
      multiply(&product);
    }
    finish(kernels, linear, first_panel, panels, column, slab, scratch->sums, gates);
  }
}
