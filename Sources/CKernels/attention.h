// Attention over a blocked cache with a streaming softmax (Milakov & Gimelshein 2018,
// arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Included by portable_*.c.
//
// A task takes up to 8 query vectors that read the same key/value head. Blocks of 32 tokens are
// taken in the order of position, so a query's sums do not depend on its neighbours.
#include "kernels.h"
#include "lanes.h"

#include <math.h>

enum {
  // A q8_0 cache is made of tiles: 32 times 32 numbers, then 32 scales in f16, one per token.
  TILE_NUMBERS = 32 * BORA_KV_TOKENS,
  TILE_BYTES = TILE_NUMBERS + 2 * BORA_KV_TOKENS,
};

// Bytes of one number, the scales apart.
INLINE size_t number_bytes(const bora_format format) {
  return format == BORA_F32 ? 4 : format == BORA_Q8_0 ? 1 : 2;
}

// Bytes of `width` numbers of each token of a block.
INLINE size_t block_part(size_t width, const bora_format format) {
  return format == BORA_Q8_0 ? width / 32 * TILE_BYTES
                             : width * BORA_KV_TOKENS * number_bytes(format);
}

INLINE f32x16 load_cached(const uint8_t *from, const bora_format format) {
  switch (format) {
    case BORA_F16: return floats_of_halves(load_u16(from));
    case BORA_BF16: return floats_of_bfloats(load_u16(from));
    case BORA_Q8_0: return __builtin_convertvector(load_i8(from), f32x16);
    default: return load_f32(from);
  }
}

// `count` numbers, at most 16, in a format without blocks.
INLINE void convert(const float *from, size_t count, const bora_format format, uint8_t *to) {
  f32x16 numbers = count < 16 ? load_part(from, count) : load_f32(from);
  switch (format) {
    case BORA_F16: store_u16(to, halves_of_floats(numbers)); break;
    case BORA_BF16: store_u16(to, bfloats_of_floats(numbers)); break;
    default: store_f32(to, numbers);
  }
}

INLINE void append_plain(
    const bora_cache *cache, uint8_t *block, size_t token, const float *keys, const float *values,
    const bora_format format) {
  size_t bytes = number_bytes(format), count = cache->heads * cache->key_width;
  uint8_t numbers[64];
  for (size_t i = 0; i < count; i += 16) {
    size_t part = count - i < 16 ? count - i : 16;
    convert(keys + i, part, format, numbers);
    for (size_t j = 0; j < part; j++)
      memcpy(block + ((i + j) * BORA_KV_TOKENS + token) * bytes, numbers + j * bytes, bytes);
  }
  block += block_part(count, format);
  size_t width = cache->value_width;
  for (size_t h = 0; h < cache->heads; h++)
    for (size_t d = 0; d < width; d += 16) {
      size_t part = width - d < 16 ? width - d : 16;
      convert(values + h * width + d, part, format, numbers);
      memcpy(block + ((h * BORA_KV_TOKENS + token) * width + d) * bytes, numbers, part * bytes);
    }
}

// 32 numbers of one token, from byte `first` on and `stride` bytes apart, and their scale.
INLINE void append_tile(
    const float *from, uint8_t *tile, size_t token, size_t first, size_t stride) {
  f32x16 low = load_f32(from), high = load_f32(from + 16);
  uint16_t half = bora_half_of_float(largest_magnitude(low, high) / 127);
  memcpy(tile + TILE_NUMBERS + 2 * token, &half, 2);
  float scale = bora_float_of_half(half), inverse = scale == 0 ? 0 : 1 / scale;
  f32x16 parts[2] = {low * inverse, high * inverse};
  for (int p = 0; p < 2; p++) {
    // A scale that f16 rounds down, or holds in few bits, takes the largest past 127.
    f32x16 held = choose(parts[p] < 127.0f, parts[p], spread(127));
    held = choose(held > -127.0f, held, spread(-127));
    i8x16 numbers = __builtin_convertvector(round_to_int(held), i8x16);
    for (size_t j = 0; j < 16; j++)
      tile[first + (16 * (size_t)p + j) * stride] = (uint8_t)numbers[j];
  }
}

static void append(
    const bora_cache *cache, void *block, size_t token, const float *keys, const float *values) {
  switch (cache->format) {
    case BORA_F32: append_plain(cache, block, token, keys, values, BORA_F32); break;
    case BORA_F16: append_plain(cache, block, token, keys, values, BORA_F16); break;
    case BORA_BF16: append_plain(cache, block, token, keys, values, BORA_BF16); break;
    default: {
      uint8_t *tile = block;
      for (size_t i = 0; i < cache->heads * cache->key_width; i += 32, tile += TILE_BYTES)
        append_tile(keys + i, tile, token, token, BORA_KV_TOKENS);
      for (size_t i = 0; i < cache->heads * cache->value_width; i += 32, tile += TILE_BYTES)
        append_tile(values + i, tile, token, 32 * token, 1);
    }
  }
}

INLINE void load_scales(const uint8_t *tile, f32x16 scales[2]) {
  scales[0] = floats_of_halves(load_u16(tile + TILE_NUMBERS));
  scales[1] = floats_of_halves(load_u16(tile + TILE_NUMBERS + 32));
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
    query_set *set, const uint8_t *keys, size_t width, const int count, const bora_format format) {
  f32x16 low[BORA_ATTENTION_QUERIES], high[BORA_ATTENTION_QUERIES];
  for (int i = 0; i < count; i++) low[i] = high[i] = spread(0);
  // Elements that share their scales.
  size_t step = format == BORA_Q8_0 ? 32 : width;
  for (size_t start = 0; start < width; start += step) {
    const uint8_t *from = keys + block_part(start, format);
    f32x16 scales[2] = {spread(1), spread(1)};
    if (format == BORA_Q8_0) load_scales(from, scales);
    for (size_t d = start; d < start + step; d++, from += BORA_KV_TOKENS * number_bytes(format)) {
      f32x16 first = load_cached(from, format);
      f32x16 second = load_cached(from + 16 * number_bytes(format), format);
      if (format == BORA_Q8_0) first *= scales[0], second *= scales[1];
      for (int i = 0; i < count; i++) {
        f32x16 query = spread(set->queries[i][d]);
        low[i] = fused(query, first, low[i]);
        high[i] = fused(query, second, high[i]);
      }
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
    const bora_format format) {
  const uint8_t *from = values + d * number_bytes(format);
  size_t stride = width * number_bytes(format);
  float scaled[BORA_ATTENTION_QUERIES][BORA_KV_TOKENS];
  if (format == BORA_Q8_0) {
    from = values + block_part(d, format);
    stride = 32;
    f32x16 scales[2];
    load_scales(from, scales);
    for (int i = 0; i < count; i++)
      for (int p = 0; p < 2; p++)
        store_f32(scaled[i] + 16 * p, load_f32(set->weights[i] + 16 * p) * scales[p]);
  }
  f32x16 low[BORA_ATTENTION_QUERIES], high[BORA_ATTENTION_QUERIES];
  for (int i = 0; i < count; i++) {
    low[i] = load_f32(set->outputs[i] + d) * set->rescale[i];
    high[i] = load_f32(set->outputs[i] + d + 16) * set->rescale[i];
  }
  for (size_t t = 0; t < tokens; t++, from += stride) {
    f32x16 first = load_cached(from, format);
    f32x16 second = load_cached(from + 16 * number_bytes(format), format);
    for (int i = 0; i < count; i++) {
      f32x16 weight = spread(format == BORA_Q8_0 ? scaled[i][t] : set->weights[i][t]);
      low[i] = fused(weight, first, low[i]);
      high[i] = fused(weight, second, high[i]);
    }
  }
  for (int i = 0; i < count; i++) {
    store_f32(set->outputs[i] + d, low[i]);
    store_f32(set->outputs[i] + d + 16, high[i]);
  }
}

INLINE float load_number(const uint8_t *from, const bora_format format) {
  switch (format) {
    case BORA_F16: return bora_float_of_half(bora_load16(from));
    case BORA_BF16: return bora_float_of_bfloat(bora_load16(from));
    default: return bora_float_of_bits(bora_load32(from));
  }
}

// The same for the elements that do not fill 32, of which a q8_0 cache has none.
INLINE void accumulate_rest(
    query_set *set, const uint8_t *values, size_t d, size_t width, size_t tokens, const int count,
    const bora_format format) {
  for (; d < width; d++)
    for (int i = 0; i < count; i++) {
      float sum = set->outputs[i][d] * set->rescale[i];
      for (size_t t = 0; t < tokens; t++) {
        float value = load_number(values + (t * width + d) * number_bytes(format), format);
        sum = __builtin_fmaf(set->weights[i][t], value, sum);
      }
      set->outputs[i][d] = sum;
    }
}

INLINE void attend_queries(
    const bora_attention *a, query_set *set, size_t head, const int count,
    const bora_format format) {
  const bora_cache *cache = &a->cache;
  size_t width = cache->value_width;
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
    const uint8_t *keys = base + head * block_part(cache->key_width, format);
    const uint8_t *values = base + cache->heads * block_part(cache->key_width, format)
                            + head * block_part(width, format);
    score(set, keys, cache->key_width, count, format);
    for (int i = 0; i < count; i++) soften(a, set, i, position);
    size_t d = 0;
    for (; d + 32 <= width; d += 32)
      accumulate_pair(set, values, d, width, tokens, count, format);
    accumulate_rest(set, values, d, width, tokens, count, format);
  }
  for (int i = 0; i < count; i++)
    for (size_t d = 0; d < width; d++) set->outputs[i][d] /= set->total[i];
}

INLINE void attend_format(
    const bora_attention *a, query_set *set, size_t head, size_t count, const bora_format format) {
  switch (count) {
#define CASE(n) \
  case n: attend_queries(a, set, head, n, format); break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
  }
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
  switch (a->cache.format) {
    case BORA_F32: attend_format(a, &set, head, count, BORA_F32); break;
    case BORA_F16: attend_format(a, &set, head, count, BORA_F16); break;
    case BORA_BF16: attend_format(a, &set, head, count, BORA_BF16); break;
    default: attend_format(a, &set, head, count, BORA_Q8_0);
  }
}
