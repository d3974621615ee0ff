// One thread's speed of attention over each type of KV cache, at the head of a model with eight
// billion weights: 8 key/value heads of 128 for 32 query heads, 4,096 tokens in the cache.
//
// usage: attention [INSTRUCTION SET]
#include <CKernels.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  REPETITIONS = 5,
  TOKENS = 4096,
  BLOCKS = TOKENS / BORA_KV_TOKENS,
  HEADS = 8,
  QUERY_HEADS = 32,
  WIDTH = 128,
  CHUNK = 64,
};

static const struct {
  const char *name;
  bora_format format;
} types[] = {{"f32", BORA_F32}, {"f16", BORA_F16}, {"bf16", BORA_BF16}, {"q8_0", BORA_Q8_0}};

// Processor time of this thread: other processes on the machine count less.
static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *memory(size_t bytes) {
  void *address = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!address) {
    perror("aligned_alloc");
    exit(1);
  }
  return address;
}

static float *waves(size_t count) {
  float *numbers = memory(count * sizeof(float));
  for (size_t i = 0; i < count; i++) numbers[i] = sinf((float)i);
  return numbers;
}

// The best time of `rows` rows at the end of the cache.
static double attend(const bora_kernels *kernels, bora_attention *attention, size_t rows) {
  attention->rows = rows;
  attention->context = TOKENS - rows;
  double best = INFINITY;
  for (int r = 0; r < REPETITIONS; r++) {
    double start = seconds();
    for (size_t task = 0; task < bora_attention_tasks(attention); task++)
      bora_attention_task(kernels, attention, task);
    best = fmin(best, seconds() - start);
  }
  return best;
}

static void measure(const bora_kernels *kernels, const char *name, bora_format format) {
  size_t numbers = 2 * WIDTH * HEADS * BORA_KV_TOKENS;
  size_t block_bytes = numbers / bora_block_elements(format) * bora_block_bytes(format);
  bora_cache cache = {memory(BLOCKS * block_bytes), block_bytes, HEADS, WIDTH, WIDTH, format};
  int32_t blocks[BLOCKS];
  for (int32_t b = 0; b < BLOCKS; b++) blocks[b] = b;
  float *rows = waves((TOKENS + 1) * HEADS * WIDTH);
  double start = seconds();
  for (size_t t = 0; t < TOKENS; t++)
    bora_append(
        kernels, &cache, blocks, t, rows + t * HEADS * WIDTH, rows + (t + 1) * HEADS * WIDTH);
  double append = (seconds() - start) / TOKENS;
  float *queries = waves(CHUNK * QUERY_HEADS * WIDTH);
  float *output = waves(CHUNK * QUERY_HEADS * WIDTH);
  bora_attention attention = {
      .cache = cache,
      .blocks = blocks,
      .heads = QUERY_HEADS,
      .scale = 1 / sqrtf(WIDTH),
      .queries = queries,
      .output = output,
  };
  double one = attend(kernels, &attention, 1), many = attend(kernels, &attention, CHUNK);
  printf(
      "%-10s %-4s  append %6.2f us/token  1 row %7.3f ms %6.1f GB/s  %d rows %7.3f ms/row\n",
      bora_kernels_name(kernels), name, append * 1e6, one * 1e3,
      (double)(BLOCKS * block_bytes) / one / 1e9, CHUNK, many / CHUNK * 1e3);
  free(cache.base);
  free(rows);
  free(queries);
  free(output);
}

int main(int count, char **arguments) {
  const bora_kernels *kernels = bora_kernels_for(count > 1 ? arguments[1] : NULL);
  if (!kernels) {
    fprintf(stderr, "attention: this machine has no '%s'\n", arguments[1]);
    return 1;
  }
  for (size_t t = 0; t < sizeof types / sizeof *types; t++)
    measure(kernels, types[t].name, types[t].format);
  return 0;
}
