// Attention over a blocked cache with a streaming softmax (Milakov & Gimelshein 2018,
// arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Included by portable_*.c, which define the
// tile whose sums fit into registers: QUERY_TILE queries by QUERY_TILE_VECTORS of 16 tokens, or of
// 16 elements of values.
//
// A task takes queries that read the same head of the cache. Tokens are taken in chunks, and chunks
// in parts, that begin at multiples of their size, so a query's sums depend on positions and not on
// its neighbours. Parts are merged in order, at once or from the results of separate tasks.
#include "cache.h"

#include <math.h>

_Static_assert(BORA_ATTENTION_PART % BORA_ATTENTION_CHUNK == 0, "a part is made of chunks");
_Static_assert(BORA_ATTENTION_QUERIES % QUERY_TILE == 0, "a task is made of tiles");

enum {
  CHUNK_BLOCKS = BORA_ATTENTION_CHUNK / BORA_KV_TOKENS,
  PART_BLOCKS = BORA_ATTENTION_PART / BORA_KV_TOKENS,
  // How far ahead of what is read memory is asked for, bytes.
  FETCH_AHEAD = 16 << 10,
};

// A streaming softmax: the largest score, and the sum of the weights that are relative to it.
typedef struct softmax {
  float largest;
  float total;
} softmax;

INLINE float *queries_of(bora_query_set *set, size_t vector) {
  return set->numbers + vector * set->attention->cache.key_width;
}

INLINE float *sums_of(bora_query_set *set, size_t vector) {
  const bora_cache *cache = &set->attention->cache;
  return set->numbers + BORA_ATTENTION_QUERIES * cache->key_width
         + vector * bora_padded(cache->value_width);
}

INLINE const uint8_t *keys_of(const bora_query_set *set, size_t block, const bora_format format) {
  const bora_cache *cache = &set->attention->cache;
  return (const uint8_t *)cache->base
         + (size_t)set->attention->blocks[block] * cache->block_stride
         + set->head * block_part(cache->key_width, format);
}

INLINE const uint8_t *values_of(const bora_query_set *set, size_t block, const bora_format format) {
  const bora_cache *cache = &set->attention->cache;
  return keys_of(set, block, format)
         + (cache->heads - set->head) * block_part(cache->key_width, format)
         + set->head * block_part(cache->value_width, format);
}

// Loops over registers, which more than a few rounds would otherwise turn into memory.
#define UNROLLED _Pragma("clang loop unroll(full)")

// Asks for as many bytes as a kernel reads at once.
INLINE void fetch(const uint8_t *from, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(from + i);
}

// Products of the queries of a tile with a block's 32 keys, `[count][BORA_ATTENTION_CHUNK]`.
// Meanwhile memory at `ahead` is fetched.
INLINE void score(
    const float *queries, const uint8_t *keys, const uint8_t *ahead, size_t width, float *scores,
    const int count, const bora_format format) {
  const size_t bytes = number_bytes(format), row = BORA_KV_TOKENS * bytes;
  // Elements that share their scales.
  size_t step = format == BORA_Q8_0 ? 32 : width;
  for (size_t first = 0; first < BORA_KV_TOKENS; first += 16 * QUERY_TILE_VECTORS) {
    f32x16 sums[QUERY_TILE_VECTORS][QUERY_TILE];
    UNROLLED
    for (int v = 0; v < QUERY_TILE_VECTORS; v++)
      UNROLLED
      for (int i = 0; i < count; i++) sums[v][i] = spread(0);
    for (size_t start = 0; start < width; start += step) {
      size_t offset = block_part(start, format);
      f32x16 scales[2];
      if (format == BORA_Q8_0) load_scales(keys + offset, scales);
      for (size_t d = start; d < start + step; d++, offset += row) {
        fetch(ahead + offset, row);
        f32x16 numbers[QUERY_TILE_VECTORS];
        UNROLLED
        for (int v = 0; v < QUERY_TILE_VECTORS; v++) {
          numbers[v] = load_cached(keys + offset + (first + 16 * (size_t)v) * bytes, format);
          if (format == BORA_Q8_0) numbers[v] *= scales[first / 16 + (size_t)v];
        }
        UNROLLED
        for (int i = 0; i < count; i++) {
          f32x16 query = spread(queries[d * QUERY_TILE + (size_t)i]);
          UNROLLED
          for (int v = 0; v < QUERY_TILE_VECTORS; v++)
            sums[v][i] = fused(query, numbers[v], sums[v][i]);
        }
      }
    }
    UNROLLED
    for (int i = 0; i < count; i++)
      UNROLLED
      for (int v = 0; v < QUERY_TILE_VECTORS; v++)
        store_f32(scores + i * BORA_ATTENTION_CHUNK + first + 16 * v, sums[v][i]);
  }
}

// Scores of 16 tokens, minus infinity for those before `from` or after `to`.
INLINE f32x16 masked(f32x16 scores, int64_t position, size_t from, size_t to) {
  static const int32_t lanes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  i32x16 token;
  memcpy(&token, lanes, sizeof token);
  int64_t low = (int64_t)from - position, high = (int64_t)to - position;
  int32_t lowest = low < 0 ? 0 : low > 16 ? 16 : (int32_t)low;
  int32_t highest = high < 0 ? -1 : high > 15 ? 15 : (int32_t)high;
  return choose((token >= lowest) & (token <= highest), scores, spread(-INFINITY));
}

// Makes the sums of vector `i` those of weights that are relative to `largest`.
INLINE void rescale(bora_query_set *set, size_t i, float largest) {
  if (largest <= set->largest[i]) return;
  float factor = exponential_below(spread(set->largest[i] - largest))[0];
  set->largest[i] = largest;
  store_f32(set->totals[i], load_f32(set->totals[i]) * factor);
  float *sums = sums_of(set, i);
  for (size_t d = 0; d < set->attention->cache.value_width; d += 16)
    store_f32(sums + d, load_f32(sums + d) * factor);
}

// Holds the products of vector `i` with `vectors` times 16 tokens, from `position` on, within the
// cap, and hides those of tokens that it does not see.
static void cap_and_mask(bora_query_set *set, size_t i, size_t position, size_t vectors) {
  float cap = set->attention->soft_cap;
  for (size_t v = 0; v < vectors; v++) {
    float *scores = set->weights[i] + 16 * v;
    f32x16 score = load_f32(scores);
    if (cap > 0) score = soft_capped(score, cap);
    store_f32(
        scores, masked(score, (int64_t)(position + 16 * v), set->first[i], set->last[i]));
  }
}

// From products to scores, and to their largest.
INLINE void finish_scores(bora_query_set *set, size_t i, size_t position, size_t vectors) {
  bool sees_all = set->first[i] <= position && set->last[i] >= position + 16 * vectors - 1;
  if (!sees_all || set->attention->soft_cap > 0) cap_and_mask(set, i, position, vectors);
  f32x16 most = spread(set->largest[i]);
  for (size_t v = 0; v < vectors; v++) {
    f32x16 score = load_f32(set->weights[i] + 16 * v);
    most = choose(score > most, score, most);
  }
  rescale(set, i, max_lanes(most));
}

// From scores to weights.
INLINE void soften(bora_query_set *set, size_t i, size_t vectors) {
  float *weights = set->weights[i];
  // No token seen so far: any finite number will do.
  float largest = set->largest[i] == -INFINITY ? 0 : set->largest[i];
  f32x16 total = load_f32(set->totals[i]);
  for (size_t v = 0; v < vectors; v++) {
    f32x16 weight = exponential_below(load_f32(weights + 16 * v) - largest);
    store_f32(weights + 16 * v, weight);
    total += weight;
  }
  store_f32(set->totals[i], total);
}

// Numbers of one token, `count` of them, at most 16.
INLINE f32x16 load_values(const uint8_t *from, size_t count, const bora_format format) {
  if (count >= 16) return load_cached(from, format);
  uint8_t numbers[64] = {0};
  memcpy(numbers, from, count * number_bytes(format));
  return load_cached(numbers, format);
}

// Values of a chunk's blocks, and where to fetch from meanwhile.
typedef struct chunk_values {
  const uint8_t *blocks[CHUNK_BLOCKS];
  const uint8_t *ahead[CHUNK_BLOCKS];
  // Tokens that the last row of the task sees.
  size_t tokens;
} chunk_values;

// Adds values of `elements` elements, at most 16 times `vectors`, weighted, to a tile's sums, which
// are `pitch` apart. A block's values begin at `offset` and are `stride` apart, bytes.
INLINE void accumulate(
    const float *weights, const chunk_values *values, size_t offset, size_t stride,
    size_t elements, float *sums, size_t pitch, const int count, const int vectors,
    const bora_format format) {
  const size_t bytes = number_bytes(format);
  f32x16 sum[QUERY_TILE_VECTORS][QUERY_TILE];
  UNROLLED
  for (int i = 0; i < count; i++)
    UNROLLED
    for (int v = 0; v < vectors; v++) sum[v][i] = load_f32(sums + i * pitch + 16 * v);
  for (size_t start = 0; start < values->tokens; start += BORA_KV_TOKENS) {
    const uint8_t *from = values->blocks[start / BORA_KV_TOKENS] + offset;
    const uint8_t *ahead = values->ahead[start / BORA_KV_TOKENS] + offset;
    size_t end = start + BORA_KV_TOKENS;
    if (end > values->tokens) end = values->tokens;
    for (size_t t = start; t < end; t++, from += stride, ahead += stride) {
      fetch(ahead, 16 * (size_t)vectors * bytes);
      f32x16 numbers[QUERY_TILE_VECTORS];
      UNROLLED
      for (int v = 0; v < vectors; v++)
        numbers[v] = load_values(from + 16 * (size_t)v * bytes, elements - 16 * (size_t)v, format);
      UNROLLED
      for (int i = 0; i < count; i++) {
        f32x16 weight = spread(weights[i * BORA_ATTENTION_CHUNK + t]);
        UNROLLED
        for (int v = 0; v < vectors; v++) sum[v][i] = fused(weight, numbers[v], sum[v][i]);
      }
    }
  }
  UNROLLED
  for (int i = 0; i < count; i++)
    UNROLLED
    for (int v = 0; v < vectors; v++) store_f32(sums + i * pitch + 16 * v, sum[v][i]);
}

// Adds the values of a chunk, weighted, to the sums of a tile.
INLINE void accumulate_plain(
    const float *weights, const chunk_values *values, size_t width, float *sums, const int count,
    const bora_format format) {
  const size_t bytes = number_bytes(format), stride = width * bytes;
  const size_t step = 16 * QUERY_TILE_VECTORS, pitch = bora_padded(width);
  size_t d = 0;
  for (; d + step <= width; d += step)
    accumulate(
        weights, values, d * bytes, stride, step, sums + d, pitch, count, QUERY_TILE_VECTORS,
        format);
  for (; d + 16 <= width; d += 16)
    accumulate(weights, values, d * bytes, stride, 16, sums + d, pitch, count, 1, format);
  if (d < width)
    accumulate(weights, values, d * bytes, stride, width - d, sums + d, pitch, count, 1, format);
}

// The same for a cache in tiles: their scales go to the weights.
INLINE void accumulate_tiles(
    const float *weights, const chunk_values *values, size_t width, float *sums,
    const int count) {
  float scaled[QUERY_TILE * BORA_ATTENTION_CHUNK];
  for (size_t d = 0; d < width; d += 32) {
    size_t offset = d / 32 * TILE_BYTES;
    for (size_t t = 0; t < values->tokens; t += BORA_KV_TOKENS) {
      f32x16 scales[2];
      load_scales(values->blocks[t / BORA_KV_TOKENS] + offset, scales);
      for (size_t i = 0; i < (size_t)count; i++)
        for (size_t h = 0; h < 2; h++) {
          size_t lane = i * BORA_ATTENTION_CHUNK + t + 16 * h;
          store_f32(scaled + lane, load_f32(weights + lane) * scales[h]);
        }
    }
    for (size_t e = 0; e < 32; e += 16 * QUERY_TILE_VECTORS)
      accumulate(
          scaled, values, offset + e, 32, 16 * QUERY_TILE_VECTORS, sums + d + e,
          bora_padded(width), count, QUERY_TILE_VECTORS, BORA_Q8_0);
  }
}

// Consecutive blocks of one chunk.
typedef struct chunk {
  size_t first;
  size_t end;
  // Where the blocks that the task sees end.
  size_t last;
} chunk;

// Where the keys or values lie that are read `index` pieces after the chunk's first keys: the
// chunk's keys, its values, and the next chunk's keys.
INLINE const uint8_t *piece(
    const bora_query_set *set, const chunk *chunk, size_t index, const bora_format format) {
  size_t count = chunk->end - chunk->first;
  if (index < count) return keys_of(set, chunk->first + index, format);
  if (index < 2 * count) return values_of(set, chunk->first + index - count, format);
  size_t next = chunk->end + index - 2 * count;
  return keys_of(set, next < chunk->last ? next : chunk->last - 1, format);
}

#if QUERY_TILE == 1
#define FOR_EACH_COUNT(CASE) CASE(1)
#elif QUERY_TILE == 6
#define FOR_EACH_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#else
#define FOR_EACH_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#endif

// Pieces between the one that is read and the one that is fetched meanwhile.
INLINE size_t pieces_ahead(const bora_query_set *set, const bora_format format) {
  size_t pieces = FETCH_AHEAD / block_part(set->attention->cache.key_width, format);
  return pieces < 1 ? 1 : pieces < CHUNK_BLOCKS ? pieces : CHUNK_BLOCKS;
}

INLINE size_t tile_count(const bora_query_set *set, size_t vector) {
  size_t left = set->count - vector;
  return left < QUERY_TILE ? left : QUERY_TILE;
}

INLINE void score_block(
    bora_query_set *set, const chunk *chunk, size_t index, const bora_format format) {
  const uint8_t *keys = piece(set, chunk, index, format);
  const uint8_t *ahead = piece(set, chunk, index + pieces_ahead(set, format), format);
  size_t width = set->attention->cache.key_width;
  for (size_t i = 0; i < set->count; i += QUERY_TILE) {
    float *scores = set->weights[i] + index * BORA_KV_TOKENS;
    switch (tile_count(set, i)) {
#define CASE(n) \
  case n: score(queries_of(set, i), keys, ahead, width, scores, n, format); break;
      FOR_EACH_COUNT(CASE)
#undef CASE
    }
  }
}

INLINE void accumulate_chunk(
    bora_query_set *set, const chunk_values *values, const bora_format format) {
  size_t width = set->attention->cache.value_width;
  for (size_t i = 0; i < set->count; i += QUERY_TILE) {
    const float *weights = set->weights[i];
    float *sums = sums_of(set, i);
    switch (tile_count(set, i)) {
#define CASE(n)                                                                                 \
  case n:                                                                                       \
    if (format == BORA_Q8_0) accumulate_tiles(weights, values, width, sums, n);                 \
    else accumulate_plain(weights, values, width, sums, n, format);                             \
    break;
      FOR_EACH_COUNT(CASE)
#undef CASE
    }
  }
}

// Sums over blocks `first ..< end` of one part, from zero on.
INLINE void attend_part(bora_query_set *set, size_t first, size_t end, const bora_format format) {
  size_t pitch = bora_padded(set->attention->cache.value_width);
  memset(sums_of(set, 0), 0, set->count * pitch * sizeof(float));
  memset(set->totals, 0, sizeof set->totals);
  for (size_t i = 0; i < set->count; i++) set->largest[i] = -INFINITY;
  // Later rows see later tokens.
  size_t seen = set->last[set->count - 1] + 1;
  chunk chunk = {first, first, end};
  while (chunk.end < end) {
    chunk.first = chunk.end;
    chunk.end = (chunk.first / CHUNK_BLOCKS + 1) * CHUNK_BLOCKS;
    if (chunk.end > end) chunk.end = end;
    size_t count = chunk.end - chunk.first, position = chunk.first * BORA_KV_TOKENS;
    for (size_t b = 0; b < count; b++) score_block(set, &chunk, b, format);
    size_t vectors = count * BORA_KV_TOKENS / 16;
    for (size_t i = 0; i < set->count; i++) finish_scores(set, i, position, vectors);
    for (size_t i = 0; i < set->count; i++) soften(set, i, vectors);
    size_t left = seen - position, tokens = count * BORA_KV_TOKENS;
    chunk_values values = {.tokens = left < tokens ? left : tokens};
    for (size_t b = 0; b < count; b++) {
      values.blocks[b] = piece(set, &chunk, count + b, format);
      values.ahead[b] = piece(set, &chunk, count + b + pieces_ahead(set, format), format);
    }
    accumulate_chunk(set, &values, format);
  }
}

static void attend_part_f32(bora_query_set *set, size_t first, size_t end) {
  attend_part(set, first, end, BORA_F32);
}

static void attend_part_f16(bora_query_set *set, size_t first, size_t end) {
  attend_part(set, first, end, BORA_F16);
}

static void attend_part_bf16(bora_query_set *set, size_t first, size_t end) {
  attend_part(set, first, end, BORA_BF16);
}

static void attend_part_q8_0(bora_query_set *set, size_t first, size_t end) {
  attend_part(set, first, end, BORA_Q8_0);
}

// Adds the sums of the next part to those of the parts before it, `width` numbers.
INLINE void merge(
    float *sums, softmax *state, const float *added, softmax part, size_t width) {
  float largest = part.largest > state->largest ? part.largest : state->largest;
  // No token seen so far: any finite number will do.
  float reference = largest == -INFINITY ? 0 : largest;
  float before = exponential_below(spread(state->largest - reference))[0];
  float now = exponential_below(spread(part.largest - reference))[0];
  state->largest = largest;
  state->total = state->total * before + part.total * now;
  for (size_t d = 0; d < width; d++) sums[d] = sums[d] * before + added[d] * now;
}

INLINE void divide(float *sums, float total, size_t width) {
  for (size_t d = 0; d < width; d++) sums[d] /= total;
}

// The number of a head's vector among all the query heads of all rows.
INLINE size_t vector_number(const bora_attention *a, size_t head, size_t vector) {
  size_t group = a->heads / a->cache.heads;
  return vector / group * a->heads + head * group + vector % group;
}

// The first token that a row at `position` sees.
INLINE size_t first_seen(const bora_attention *a, size_t position) {
  return a->window && position >= a->window ? position - a->window + 1 : 0;
}

// Takes the vectors of a head from `start` on.
INLINE void gather_queries(bora_query_set *set, size_t start) {
  const bora_attention *a = set->attention;
  size_t group = a->heads / a->cache.heads, width = a->cache.key_width;
  for (size_t i = 0; i < set->count; i++) {
    const float *query = a->queries + vector_number(a, set->head, start + i) * width;
    float *lane = queries_of(set, i - i % QUERY_TILE) + i % QUERY_TILE;
    for (size_t d = 0; d < width; d++) lane[d * QUERY_TILE] = query[d] * a->scale;
    set->last[i] = a->context + (start + i) / group;
    set->first[i] = first_seen(a, set->last[i]);
  }
}

// Sums over the tokens of a part that the set sees.
INLINE void attend_own_part(bora_query_set *set, size_t part) {
  static void (*const by_format[])(bora_query_set *, size_t, size_t) = {
      [BORA_F32] = attend_part_f32,
      [BORA_F16] = attend_part_f16,
      [BORA_BF16] = attend_part_bf16,
      [BORA_Q8_0] = attend_part_q8_0,
  };
  size_t first = set->first[0] / BORA_KV_TOKENS, start = part * PART_BLOCKS;
  size_t end = set->last[set->count - 1] / BORA_KV_TOKENS + 1, stop = start + PART_BLOCKS;
  by_format[set->attention->cache.format](
      set, first > start ? first : start, end < stop ? end : stop);
}

INLINE softmax state_of(const bora_query_set *set, size_t vector) {
  return (softmax){set->largest[vector], sum_lanes(load_f32(set->totals[vector]))};
}

// All parts, one after another.
INLINE void attend_parts(bora_query_set *set, size_t start) {
  const bora_attention *a = set->attention;
  size_t width = a->cache.value_width;
  softmax states[BORA_ATTENTION_QUERIES];
  float *outputs[BORA_ATTENTION_QUERIES];
  for (size_t i = 0; i < set->count; i++) {
    states[i] = (softmax){-INFINITY, 0};
    outputs[i] = a->output + vector_number(a, set->head, start + i) * width;
    memset(outputs[i], 0, width * sizeof(float));
  }
  size_t end = set->last[set->count - 1] / BORA_ATTENTION_PART + 1;
  for (size_t part = set->first[0] / BORA_ATTENTION_PART; part < end; part++) {
    attend_own_part(set, part);
    for (size_t i = 0; i < set->count; i++)
      merge(outputs[i], &states[i], sums_of(set, i), state_of(set, i), width);
  }
  for (size_t i = 0; i < set->count; i++) divide(outputs[i], states[i].total, width);
}

INLINE size_t parts_of(const bora_attention *a) {
  return bora_attention_parts(a->context, a->rows, a->window);
}

INLINE float *partial_of(const bora_attention *a, size_t vector, size_t part) {
  size_t numbers = a->cache.value_width + BORA_PARTIAL_STATE;
  return a->partials + (vector * parts_of(a) + part) * numbers;
}

static void attend(const bora_attention *a, size_t task, void *scratch) {
  size_t width = a->cache.value_width, vectors = a->rows * (a->heads / a->cache.heads);
  size_t tiles = (vectors + BORA_ATTENTION_QUERIES - 1) / BORA_ATTENTION_QUERIES;
  // Tasks of one part follow each other.
  size_t part = task / (tiles * a->cache.heads), item = task % (tiles * a->cache.heads);
  size_t start = item % tiles * BORA_ATTENTION_QUERIES, left = vectors - start;
  bora_query_set *set = scratch;
  set->attention = a;
  set->head = item / tiles;
  set->count = left < BORA_ATTENTION_QUERIES ? left : BORA_ATTENTION_QUERIES;
  gather_queries(set, start);
  if (!a->partials) {
    attend_parts(set, start);
    return;
  }
  attend_own_part(set, first_seen(a, a->context) / BORA_ATTENTION_PART + part);
  for (size_t i = 0; i < set->count; i++) {
    float *partial = partial_of(a, vector_number(a, set->head, start + i), part);
    softmax state = state_of(set, i);
    memcpy(partial, sums_of(set, i), width * sizeof(float));
    memcpy(partial + width, &state, sizeof state);
  }
}

static void merge_parts(const bora_attention *a, size_t vector) {
  size_t width = a->cache.value_width, parts = parts_of(a);
  float *output = a->output + vector * width;
  memset(output, 0, width * sizeof(float));
  softmax state = {-INFINITY, 0};
  for (size_t part = 0; part < parts; part++) {
    const float *partial = partial_of(a, vector, part);
    softmax own;
    memcpy(&own, partial + width, sizeof own);
    merge(output, &state, partial, own, width);
  }
  divide(output, state.total, width);
}
