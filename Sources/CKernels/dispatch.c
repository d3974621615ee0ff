// Which kernels this machine can run, and the calls that go through their table.
#include "kernels.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

typedef struct cpu_features {
  bool avx2;
  bool avxvnni;
  bool avx512vnni;
  bool avx512bf16;
} cpu_features;

// Registers that the operating system keeps for us: a bit each for SSE, AVX, and AVX-512's three.
static uint32_t saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static cpu_features read_features(void) {
  uint32_t a, b, c, d;
  cpu_features features = {0};
  if (!__get_cpuid(1, &a, &b, &c, &d)) return features;
  bool xsave = c & bit_OSXSAVE, fma = c & bit_FMA, f16c = c & bit_F16C;
  if (!xsave || !fma || !f16c) return features;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
  uint32_t saved = saved_registers();
  uint32_t wide = bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ;
  features.avx2 = (saved & 0x6) == 0x6 && (b & bit_AVX2);
  features.avx512vnni =
      features.avx2 && (saved & 0xe6) == 0xe6 && (b & wide) == wide && (c & bit_AVX512VNNI);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    features.avxvnni = features.avx2 && (a & bit_AVXVNNI);
    features.avx512bf16 = features.avx512vnni && (a & bit_AVX512BF16);
  }
  return features;
}
#endif

const bora_kernels *bora_kernels_for(const char *name) {
  const bora_kernels *offered[5];
  size_t count = 0;
#if defined(__x86_64__)
  cpu_features features = read_features();
  if (features.avx512bf16) offered[count++] = &bora_kernels_avx512bf16;
  if (features.avx512vnni) offered[count++] = &bora_kernels_avx512vnni;
  if (features.avxvnni) offered[count++] = &bora_kernels_avxvnni;
  if (features.avx2) offered[count++] = &bora_kernels_avx2;
#endif
  offered[count++] = &bora_kernels_scalar;
  if (!name) return offered[0];
  for (size_t i = 0; i < count; i++)
    if (strcmp(offered[i]->name, name) == 0) return offered[i];
  return NULL;
}

const char *bora_kernels_name(const bora_kernels *kernels) { return kernels->name; }

void bora_normalize(
    const bora_kernels *kernels, const float *input, const float *weight, float epsilon,
    size_t columns, bool accumulates, float *output) {
  kernels->normalize(input, weight, epsilon, columns, accumulates, output);
}

void bora_soft_cap(const bora_kernels *kernels, float cap, size_t count, float *values) {
  kernels->soft_cap(cap, count, values);
}

void bora_rotate(
    const bora_kernels *kernels, const float *table, size_t pairs, bora_pairing pairing,
    size_t heads, size_t head_width, float *row) {
  kernels->rotate(table, pairs, pairing, heads, head_width, row);
}

void bora_append(
    const bora_kernels *kernels, const bora_cache *cache, const int32_t *blocks, size_t position,
    const float *keys, const float *values) {
  size_t block = (size_t)blocks[position / BORA_KV_TOKENS];
  kernels->append(
      cache, (uint8_t *)cache->base + block * cache->block_stride, position % BORA_KV_TOKENS, keys,
      values);
}

size_t bora_attention_tasks(size_t heads, size_t cache_heads, size_t rows) {
  size_t vectors = rows * (heads / cache_heads);
  return cache_heads * ((vectors + BORA_ATTENTION_QUERIES - 1) / BORA_ATTENTION_QUERIES);
}

size_t bora_attention_parts(size_t context, size_t rows, size_t window) {
  if (rows == 0) return 0;
  size_t first = window && context >= window ? context - window + 1 : 0;
  return (context + rows - 1) / BORA_ATTENTION_PART - first / BORA_ATTENTION_PART + 1;
}

size_t bora_attention_partial_bytes(size_t vectors, size_t parts, size_t value_width) {
  return vectors * parts * (value_width + BORA_PARTIAL_STATE) * sizeof(float);
}

size_t bora_attention_scratch_bytes(size_t key_width, size_t value_width) {
  size_t numbers = BORA_ATTENTION_QUERIES * (key_width + bora_padded(value_width));
  return sizeof(bora_query_set) + numbers * sizeof(float);
}

void bora_attention_task(
    const bora_kernels *kernels, const bora_attention *attention, size_t task, void *scratch) {
  kernels->attend(attention, task, scratch);
}

void bora_attention_merge(
    const bora_kernels *kernels, const bora_attention *attention, size_t vector) {
  kernels->merge_parts(attention, vector);
}

uint64_t bora_read_all(const bora_kernels *kernels, const void *memory, size_t bytes) {
  return kernels->read_all(memory, bytes);
}

uint64_t bora_peak(const bora_kernels *kernels, bora_arithmetic arithmetic, size_t rounds) {
  return kernels->peak[arithmetic](rounds);
}
