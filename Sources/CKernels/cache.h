// The cache of keys and values: how numbers lie in a block, and how they get there. Included by
// attention.h.
#include "kernels.h"
#include "lanes.h"

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
  float scale = bora_float_of_half(half);
  // Numbers that are too small for a scale become 0.
  float step = scale == 0 ? 1 : scale;
  f32x16 parts[2] = {low / step, high / step};
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
