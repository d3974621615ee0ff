// One thread's speed of attention over each type of KV cache, beside what the machine reaches at
// the same moment: reading memory for one row (generation), f32 arithmetic for many (prompts).
//
// usage: attention [INSTRUCTION SET [DEPTH]]
#include <CKernels.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
  REPETITIONS = 5,
  DEPTH = 8192,
  // So many layers share a block, and together they are larger than any cache of the processor.
  LAYERS = 8,
  ROWS = 96,
};

static const struct {
  const char *name;
  bora_format format;
} types[] = {{"f32", BORA_F32}, {"f16", BORA_F16}, {"bf16", BORA_BF16}, {"q8_0", BORA_Q8_0}};

// Query heads, heads of the cache, and their width, as models have them.
static const struct {
  size_t queries;
  size_t heads;
  size_t width;
} shapes[] = {{32, 8, 64}, {16, 8, 128}, {32, 8, 128}, {8, 4, 256}};

// Processor time of this thread: other processes on the machine count less.
static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *memory(size_t bytes) {
  void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  madvise(address, bytes, MADV_HUGEPAGE);
  return address;
}

static float *waves(size_t count) {
  float *numbers = memory(count * sizeof(float));
  for (size_t i = 0; i < count; i++) numbers[i] = sinf((float)i);
  return numbers;
}

// A sequence's cache and one step of it.
typedef struct example {
  const bora_kernels *kernels;
  bora_attention attention;
  size_t block_bytes;
  size_t depth;
  void *scratch;
} example;

// Seconds of `rows` rows after as many tokens as the depth says, in one of the layers.
static double attend(example *e, size_t rows, size_t layer) {
  e->attention.rows = rows;
  e->attention.context = e->depth;
  bora_attention own = e->attention;
  own.cache.base = (uint8_t *)own.cache.base + layer * e->block_bytes;
  double start = seconds();
  size_t tasks = bora_attention_tasks(own.heads, own.cache.heads, rows);
  for (size_t task = 0; task < tasks; task++)
    bora_attention_task(e->kernels, &own, task, e->scratch);
  return seconds() - start;
}

// The shares, and the best times, of one row and of many.
static void measure(example *e, const char *name, size_t blocks) {
  const bora_attention *a = &e->attention;
  size_t bytes = (e->depth + 1) * (e->block_bytes / BORA_KV_TOKENS);
  double pairs = (double)ROWS * (double)e->depth + ROWS * (ROWS + 1) / 2;
  double operations = 4 * (double)(a->heads * a->cache.key_width) * pairs;
  double one = INFINITY, many = INFINITY, one_share = 0, many_share = 0;
  attend(e, ROWS, 0);
  for (size_t r = 0; r < REPETITIONS; r++) {
    double start = seconds();
    bora_read_all(e->kernels, a->cache.base, blocks * a->cache.block_stride);
    double reading = (double)(blocks * a->cache.block_stride) / (seconds() - start);
    double time = 0;
    for (size_t layer = 0; layer < LAYERS; layer++) time += attend(e, 1, layer) / LAYERS;
    one_share += (double)bytes / time / reading / REPETITIONS;
    one = fmin(one, time);

    start = seconds();
    double peak = (double)bora_peak_float(e->kernels, 1000000) / (seconds() - start);
    time = attend(e, ROWS, r % LAYERS);
    many_share += operations / time / peak / REPETITIONS;
    many = fmin(many, time);
  }
  printf(
      "%-10s %-4s %2zu/%zu × %3zu  1 row %7.3f ms %5.1f GB/s %3.0f %%  "
      "%d rows %8.3f ms %6.3f Tflop/s %3.0f %%\n",
      bora_kernels_name(e->kernels), name, a->heads, a->cache.heads, a->cache.key_width,
      one * 1e3, (double)bytes / one / 1e9, 100 * one_share, ROWS, many * 1e3,
      operations / many / 1e12, 100 * many_share);
}

static void measure_type(const bora_kernels *kernels, size_t depth, size_t shape, size_t type) {
  size_t heads = shapes[shape].heads, width = shapes[shape].width;
  size_t query_heads = shapes[shape].queries;
  bora_format format = types[type].format;
  size_t blocks = (depth + ROWS + BORA_KV_TOKENS - 1) / BORA_KV_TOKENS;
  size_t block_bytes = 2 * width * heads * BORA_KV_TOKENS / bora_block_elements(format)
                       * bora_block_bytes(format);
  size_t cache_bytes = blocks * LAYERS * block_bytes;
  bora_cache cache = {memory(cache_bytes), LAYERS * block_bytes, heads, width, width, format};
  int32_t *numbers = memory(blocks * sizeof *numbers);
  for (size_t b = 0; b < blocks; b++) numbers[b] = (int32_t)b;
  size_t row = heads * width, query_row = query_heads * width;
  float *rows = waves((depth + ROWS + 1) * row), *queries = waves(ROWS * query_row);
  for (size_t layer = 0; layer < LAYERS; layer++) {
    bora_cache own = cache;
    own.base = (uint8_t *)cache.base + layer * block_bytes;
    for (size_t t = 0; t < depth + ROWS; t++)
      bora_append(kernels, &own, numbers, t, rows + t * row, rows + (t + 1) * row);
  }
  size_t scratch_bytes = bora_attention_scratch_bytes(width, width);
  float *output = memory(ROWS * query_row * sizeof *output);
  example e = {
      .kernels = kernels,
      .attention =
          {.cache = cache,
           .blocks = numbers,
           .heads = query_heads,
           .scale = 1 / sqrtf((float)width),
           .queries = queries,
           .output = output},
      .block_bytes = block_bytes,
      .depth = depth,
      .scratch = memory(scratch_bytes),
  };
  measure(&e, types[type].name, blocks);
  munmap(cache.base, cache_bytes);
  munmap(numbers, blocks * sizeof *numbers);
  munmap(rows, (depth + ROWS + 1) * row * sizeof *rows);
  munmap(queries, ROWS * query_row * sizeof *queries);
  munmap(output, ROWS * query_row * sizeof *output);
  munmap(e.scratch, scratch_bytes);
}

int main(int count, char **arguments) {
  const bora_kernels *kernels = bora_kernels_for(count > 1 ? arguments[1] : NULL);
  if (!kernels) {
    fprintf(stderr, "attention: this machine has no '%s'\n", arguments[1]);
    return 1;
  }
  size_t depth = count > 2 ? strtoul(arguments[2], NULL, 10) : DEPTH;
  puts("share: of reading memory for one row, of the peak of f32 for many");
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
      measure_type(kernels, depth, s, t);
  return 0;
}
