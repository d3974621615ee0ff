// Attention over a blocked cache with a streaming softmax (Milakov & Gimelshein 2018,
// arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Included by portable_*.c.
//
// A task takes up to 8 query vectors that read the same key/value head. Blocks of 32 tokens are
// taken in the order of position, so a query's sums do not depend on its neighbours.
#include "kernels.h"
#include "lanes.h"

#include <math.h>

INLINE size_t cache_element(bool is_f16) { return is_f16 ? 2 : 4; }

INLINE f32x16 load_cached(const uint8_t *from, bool is_f16) {
  return is_f16 ? floats_of_halves(load_u16(from)) : load_f32(from);
}

static void append(
    const bora_cache *cache, void *block, size_t token, const float *keys, const float *values) {
  size_t element = cache_element(cache->is_f16);
  uint8_t *key_block = block;
  size_t key_count = cache->heads * cache->key_width;
  for (size_t i = 0; i < key_count; i++) {
    uint8_t *to = key_block + (i * BORA_KV_TOKENS + token) * element;
    uint16_t half = bora_half_of_float(keys[i]);
    if (cache->is_f16) memcpy(to, &half, 2);
    else memcpy(to, keys + i, 4);
  }
  uint8_t *value_block = key_block + key_count * BORA_KV_TOKENS * element;
  for (size_t h = 0; h < cache->heads; h++) {
    const float *own = values + h * cache->value_width;
    uint8_t *to =
        value_block + (h * BORA_KV_TOKENS + token) * cache->value_width * element;
    if (!cache->is_f16) {
      memcpy(to, own, cache->value_width * 4);
      continue;
    }
    size_t whole = cache->value_width / 16 * 16;
    for (size_t d = 0; d < whole; d += 16) {
      store_u16(to + 2 * d, halves_of_floats(load_f32(own + d)));
    }
    for (size_t d = whole; d < cache->value_width; d++) {
      uint16_t half = bora_half_of_float(own[d]);
      memcpy(to + 2 * d, &half, 2);
    }
  }
}

// The queries of one task.
typedef struct query_set {
  const float *queries[BORA_ATTENTION_QUERIES];
  float *outputs[BORA_ATTENTION_QUERIES];
  // First and last token that each sees.
  size_t first[BORA_ATTENTION_QUERIES];
  size_t last[BORA_ATTENTION_QUERIES];
  // Streaming softmax: largest score, sum of weights, and what earlier sums are multiplied by.
  float largest[BORA_ATTENTION_QUERIES];
  float total[BORA_ATTENTION_QUERIES];
  float rescale[BORA_ATTENTION_QUERIES];
  float weights[BORA_ATTENTION_QUERIES][BORA_KV_TOKENS];
} query_set;

// Products of every query with the block's 32 keys, in `weights`.
INLINE void score(
    query_set *set, const uint8_t *keys, size_t width, const int count, const bool is_f16) {
  size_t element = cache_element(is_f16);
  f32x16 low[BORA_ATTENTION_QUERIES], high[BORA_ATTENTION_QUERIES];
  for (int i = 0; i < count; i++) low[i] = high[i] = spread(0);
  for (size_t d = 0; d < width; d++) {
    const uint8_t *from = keys + d * BORA_KV_TOKENS * element;
    f32x16 first = load_cached(from, is_f16), second = load_cached(from + 16 * element, is_f16);
    for (int i = 0; i < count; i++) {
      f32x16 query = spread(set->queries[i][d]);
      low[i] = fused(query, first, low[i]);
      high[i] = fused(query, second, high[i]);
    }
  }
  for (int i = 0; i < count; i++) {
    store_f32(set->weights[i], low[i]);
    store_f32(set->weights[i] + 16, high[i]);
  }
}

INLINE f32x16 scaled_scores(const bora_attention *a, const float *products) {
  f32x16 scores = load_f32(products) * a->scale;
  return a->soft_cap > 0 ? soft_capped(scores, a->soft_cap) : scores;
}

// From products to weights of the tokens that query `i` sees; the block starts at `position`.
INLINE void soften(const bora_attention *a, query_set *set, int i, size_t position) {
  static const int32_t lanes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  i32x16 token;
  memcpy(&token, lanes, sizeof token);
  int32_t from = set->first[i] > position ? (int32_t)(set->first[i] - position) : 0;
  int32_t to = set->last[i] >= position ? (int32_t)(set->last[i] - position) : -1;
  if (to > BORA_KV_TOKENS) to = BORA_KV_TOKENS;
  if (from > BORA_KV_TOKENS) from = BORA_KV_TOKENS;
  i32x16 seen[2] = {
      (token >= from) & (token <= to), (token + 16 >= from) & (token + 16 <= to)};
  f32x16 low = choose(seen[0], scaled_scores(a, set->weights[i]), spread(-INFINITY));
  f32x16 high = choose(seen[1], scaled_scores(a, set->weights[i] + 16), spread(-INFINITY));
  float largest = max_lanes(__builtin_elementwise_max(low, high));
  if (largest < set->largest[i]) largest = set->largest[i];
  // No token seen so far: any finite number will do.
  float reference = largest == -INFINITY ? 0 : largest;
  low = choose(seen[0], exponential(low - reference), spread(0));
  high = choose(seen[1], exponential(high - reference), spread(0));
  set->rescale[i] = exponential(spread(set->largest[i] - reference))[0];
  set->total[i] = set->total[i] * set->rescale[i] + sum_lanes(low + high);
  set->largest[i] = largest;
  store_f32(set->weights[i], low);
  store_f32(set->weights[i] + 16, high);
}

// Adds the block's first `tokens` values, weighted, to outputs `d ..< d + 32`.
INLINE void accumulate_pair(
    query_set *set, const uint8_t *values, size_t d, size_t width, size_t tokens, const int count,
    const bool is_f16) {
  size_t element = cache_element(is_f16);
  f32x16 low[BORA_ATTENTION_QUERIES], high[BORA_ATTENTION_QUERIES];
  for (int i = 0; i < count; i++) {
    low[i] = load_f32(set->outputs[i] + d) * set->rescale[i];
    high[i] = load_f32(set->outputs[i] + d + 16) * set->rescale[i];
  }
  for (size_t t = 0; t < tokens; t++) {
    const uint8_t *from = values + (t * width + d) * element;
    f32x16 first = load_cached(from, is_f16), second = load_cached(from + 16 * element, is_f16);
    for (int i = 0; i < count; i++) {
      f32x16 weight = spread(set->weights[i][t]);
      low[i] = fused(weight, first, low[i]);
      high[i] = fused(weight, second, high[i]);
    }
  }
  for (int i = 0; i < count; i++) {
    store_f32(set->outputs[i] + d, low[i]);
    store_f32(set->outputs[i] + d + 16, high[i]);
  }
}

// The same for the elements that do not fill 32.
INLINE void accumulate_rest(
    query_set *set, const uint8_t *values, size_t d, size_t width, size_t tokens, const int count,
    const bool is_f16) {
  for (; d < width; d++)
    for (int i = 0; i < count; i++) {
      float sum = set->outputs[i][d] * set->rescale[i];
      for (size_t t = 0; t < tokens; t++) {
        const uint8_t *from = values + (t * width + d) * cache_element(is_f16);
        float value = is_f16 ? bora_float_of_half(bora_load16(from))
                             : bora_float_of_bits(bora_load32(from));
        sum = __builtin_fmaf(set->weights[i][t], value, sum);
      }
      set->outputs[i][d] = sum;
    }
}

INLINE void attend_queries(
    const bora_attention *a, query_set *set, size_t head, const int count, const bool is_f16) {
  const bora_cache *cache = &a->cache;
  size_t element = cache_element(is_f16), width = cache->value_width;
  for (int i = 0; i < count; i++) {
    set->largest[i] = -INFINITY;
    set->total[i] = 0;
    memset(set->outputs[i], 0, width * sizeof(float));
  }
  // Later rows see later tokens.
  size_t end = set->last[count - 1] + 1;
  for (size_t block = set->first[0] / BORA_KV_TOKENS; block * BORA_KV_TOKENS < end; block++) {
    size_t position = block * BORA_KV_TOKENS;
    size_t tokens = end - position < BORA_KV_TOKENS ? end - position : BORA_KV_TOKENS;
    const uint8_t *base =
        (const uint8_t *)cache->base + (size_t)a->blocks[block] * cache->block_stride;
    const uint8_t *keys = base + head * cache->key_width * BORA_KV_TOKENS * element;
    const uint8_t *values = base
                            + (cache->heads * cache->key_width + head * width) * BORA_KV_TOKENS
                                  * element;
    score(set, keys, cache->key_width, count, is_f16);
    for (int i = 0; i < count; i++) soften(a, set, i, position);
    size_t d = 0;
    for (; d + 32 <= width; d += 32)
      accumulate_pair(set, values, d, width, tokens, count, is_f16);
    accumulate_rest(set, values, d, width, tokens, count, is_f16);
  }
  for (int i = 0; i < count; i++)
    for (size_t d = 0; d < width; d++) set->outputs[i][d] /= set->total[i];
}

static void attend(const bora_attention *a, size_t task) {
  size_t group = a->heads / a->cache.heads, vectors = a->rows * group;
  size_t tasks = (vectors + BORA_ATTENTION_QUERIES - 1) / BORA_ATTENTION_QUERIES;
  size_t head = task / tasks, start = task % tasks * BORA_ATTENTION_QUERIES;
  size_t count = vectors - start < BORA_ATTENTION_QUERIES ? vectors - start
                                                          : BORA_ATTENTION_QUERIES;
  query_set set;
  for (size_t i = 0; i < count; i++) {
    size_t row = (start + i) / group, vector = row * a->heads + head * group + (start + i) % group;
    set.queries[i] = a->queries + vector * a->cache.key_width;
    set.outputs[i] = a->output + vector * a->cache.value_width;
    set.last[i] = a->context + row;
    set.first[i] = a->window && set.last[i] >= a->window ? set.last[i] - a->window + 1 : 0;
  }
  switch (count) {
#define CASE(n)                                                 \
  case n:                                                       \
    if (a->cache.is_f16) attend_queries(a, &set, head, n, true); \
    else attend_queries(a, &set, head, n, false);               \
    break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
  }
}
