// One thread's speed of each linear kernel, beside what the machine reaches at the same moment:
// reading memory for one column, integer or f32 arithmetic for many.
//
// usage: kernels [INSTRUCTION SET [FORMAT]]
#include <CKernels.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { REPETITIONS = 5 };

typedef struct shape {
  size_t rows;
  size_t columns;
  size_t count;
} shape;

static const char *const format_names[BORA_FORMAT_COUNT] = {
    "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
    "Q6_K", "IQ4_NL", "IQ4_XS"};

static const char *const arithmetic_names[BORA_ARITHMETIC_COUNT] = {"int8", "bf16", "f32"};

// Processor time of this thread: other processes on the machine count less.
static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *memory(size_t bytes) {
  void *address = mmap(
      NULL, bytes + 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  madvise(address, bytes, MADV_HUGEPAGE);
  memset(address, 0x3c, bytes);  // Ordinary numbers in every format.
  return address;
}

// Bytes or operations per second of the limit that a product of this size can reach.
static double limit(
    const bora_kernels *kernels, bora_arithmetic arithmetic, size_t count, const void *weights,
    size_t bytes) {
  double start = seconds(), done;
  if (count == 1) {
    bora_read_all(kernels, weights, bytes);
    done = (double)bytes;
  } else {
    done = (double)bora_peak(kernels, arithmetic, 3000000);
  }
  return done / (seconds() - start);
}

static void measure(const bora_kernels *kernels, bora_format format, shape shape, bool exact) {
  bora_arithmetic arithmetic = bora_arithmetic_of(format, exact);
  size_t bytes = bora_matrix_bytes(format, shape.rows, shape.columns);
  size_t prepared_bytes = bora_activation_bytes(arithmetic, shape.count, shape.columns);
  size_t input_bytes = shape.count * shape.columns * sizeof(float);
  size_t output_bytes = shape.count * shape.rows * sizeof(float);
  size_t scratch_bytes = bora_linear_scratch_bytes(shape.rows, shape.count, false);
  void *weights = memory(bytes), *prepared = memory(prepared_bytes);
  void *scratch = memory(scratch_bytes);
  float *input = memory(input_bytes), *output = memory(output_bytes);
  for (size_t i = 0; i < shape.count * shape.columns; i++) input[i] = sinf((float)i);

  bora_linear linear = {
      .matrix = {format, shape.rows, shape.columns, weights, NULL},
      .scale = 1,
      .exact = exact,
      .activations = prepared,
      .count = shape.count,
      .output = output,
  };
  double best = INFINITY, share = 0;
  for (int r = 0; r < REPETITIONS; r++) {
    double reached = limit(kernels, arithmetic, shape.count, weights, bytes);
    double start = seconds();
    for (size_t tile = 0; tile < bora_tile_count(shape.count); tile++)
      bora_prepare_tile(kernels, arithmetic, input, shape.count, shape.columns, tile, prepared);
    for (size_t task = 0; task < bora_linear_tasks(shape.rows); task++)
      bora_linear_task(kernels, &linear, task, scratch);
    double time = seconds() - start;
    double done = shape.count == 1
                      ? (double)bytes
                      : 2.0 * (double)(shape.rows * shape.columns * shape.count);
    share += done / time / reached / REPETITIONS;
    if (time < best) best = time;
  }
  printf(
      "%-10s %-6s %-4s %5zu × %4zu × %3zu  %9.3f ms  %6.1f GB/s  %6.3f Top/s  %3.0f %%\n",
      bora_kernels_name(kernels), format_names[format],
      arithmetic_names[arithmetic], shape.rows, shape.columns, shape.count,
      best * 1e3, (double)bytes / best / 1e9,
      2.0 * (double)(shape.rows * shape.columns * shape.count) / best / 1e12, 100 * share);
  munmap(weights, bytes + 64);
  munmap(prepared, prepared_bytes + 64);
  munmap(scratch, scratch_bytes + 64);
  munmap(input, input_bytes + 64);
  munmap(output, output_bytes + 64);
}

int main(int count, char **arguments) {
  const bora_kernels *kernels = bora_kernels_for(count > 1 ? arguments[1] : NULL);
  if (!kernels) {
    fprintf(stderr, "kernels: this machine has no '%s'\n", arguments[1]);
    return 1;
  }
  // A large matrix for memory; the MLP of a model with a billion weights for arithmetic.
  static const shape shapes[] = {{32768, 2048, 1}, {8192, 2048, 4},   {8192, 2048, 8},
                                 {8192, 2048, 24}, {8192, 2048, 512}, {2048, 8192, 512}};
  puts("share: of reading memory for one column, of the arithmetic's peak for more");
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (int format = 0; format < BORA_FORMAT_COUNT; format++)
      for (int exact = 0; exact < 2; exact++) {
        if (count > 2 && strcmp(arguments[2], format_names[format]) != 0) continue;
        if (exact && bora_arithmetic_of(format, false) == BORA_FLOAT) continue;
        measure(kernels, (bora_format)format, shapes[s], exact);
      }
  return 0;
}
