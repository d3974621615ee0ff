// Packed panels to 8-bit numbers with f32 scales, and to f32. Included by portable_*.c, which
// defines `ZERO`, the number that stands for 0 in the 8-bit form.
#include "kernels.h"
#include "lanes.h"

// Group `g` of block `b`: numbers that are `raised` above what they stand for.
INLINE void store_group(bora_expanded *out, size_t b, int g, u8x64 numbers, int raised) {
  store_u8(out->numbers + 512 * b + 64 * g, numbers + (uint8_t)(ZERO - raised));
}

INLINE f32x16 load_halves(const uint8_t *from) { return floats_of_halves(load_u16(from)); }

// The scales of 16 rows, for each step.
INLINE void store_scales(float out[BORA_SCALE_STEPS][16], f32x16 scales) {
  store_f32(out[0], scales);
  store_f32(out[1], scales * BORA_STEP_FACTOR);
}

// Group `g` of 32 elements: elements i and i + 16 share a byte.
INLINE u8x64 read_nibbles(const uint8_t *block, int g) {
  return load_u8(block + 64 * (g % 4)) >> (uint8_t)(g / 4 * 4) & 15;
}

// Bits 4g to 4g + 3 of the words, each in a byte of its own.
INLINE u8x64 read_bits(u32x16 words, int g) {
  // The product puts copies 7 bits apart, so that bit j of a copy is bit 0 of byte j.
  return (u8x64)((words >> (4 * g) & 15) * 0x00204081 & 0x01010101);
}

static void expand_q8_0(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 544) {
    for (int g = 0; g < 8; g++) store_group(out, b, g, load_u8(block + 64 * g), 0);
    store_scales(out->scales[b], load_halves(block + 512));
  }
}

static void expand_q4_0(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 288) {
    for (int g = 0; g < 8; g++) store_group(out, b, g, read_nibbles(block, g), 8);
    store_scales(out->scales[b], load_halves(block + 256));
  }
}

static void expand_q4_1(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 320) {
    for (int g = 0; g < 8; g++) store_group(out, b, g, read_nibbles(block, g), 0);
    store_scales(out->scales[b], load_halves(block + 256));
    store_f32(out->minimums[b], -load_halves(block + 288));
  }
}

INLINE void expand_fives(const uint8_t *block, size_t b, int raised, bora_expanded *out) {
  u32x16 high = load_u32(block);
  for (int g = 0; g < 8; g++)
    store_group(out, b, g, read_nibbles(block + 64, g) | read_bits(high, g) << 4, raised);
}

static void expand_q5_0(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 352) {
    expand_fives(block, b, 16, out);
    store_scales(out->scales[b], load_halves(block + 320));
  }
}

static void expand_q5_1(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 384) {
    expand_fives(block, b, 0, out);
    store_scales(out->scales[b], load_halves(block + 320));
    store_f32(out->minimums[b], -load_halves(block + 352));
  }
}

// Group `g` of sub-block `sub` of eight, of which four share a byte.
INLINE u8x64 read_twos(const uint8_t *block, int sub, int g) {
  return load_u8(block + 64 * (8 * (sub / 4) + g)) >> (uint8_t)(2 * (sub % 4)) & 3;
}

// Byte `i` of each row's words.
INLINE u32x16 byte_of(const u32x16 *words, int i) { return words[i / 4] >> (8 * (i % 4)) & 255; }

INLINE f32x16 floats_of_words(u32x16 words) { return floats_of_ints((i32x16)words); }

static void expand_q2_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 1344) {
    for (int sub = 0; sub < 8; sub++)
      for (int g = 0; g < 8; g++) store_group(out, b + sub, g, read_twos(block + 320, sub, g), 0);
    f32x16 scale = load_halves(block + 256), minimum = load_halves(block + 288);
    u32x16 words[4];
    memcpy(words, block, sizeof words);
    for (int i = 0; i < 16; i++) {
      u32x16 own = byte_of(words, i);
      store_scales(out->scales[2 * b + i], scale * floats_of_words(own & 15));
      store_f32(out->minimums[2 * b + i], minimum * floats_of_words(own >> 4));
    }
  }
}

static void expand_q3_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 1760) {
    for (int sub = 0; sub < 8; sub++)
      for (int g = 0; g < 8; g++) {
        u8x64 high = load_u8(block + 224 + 64 * g) >> (uint8_t)sub & 1;
        store_group(out, b + sub, g, read_twos(block + 736, sub, g) | high << 2, 4);
      }
    f32x16 scale = load_halves(block + 192);
    u32x16 x = load_u32(block), y = load_u32(block + 64), z = load_u32(block + 128);
    const uint32_t low = 0x0f0f0f0f, high = 0x30303030;
    u32x16 words[4] = {
        (x & low) | (z << 4 & high), (y & low) | (z << 2 & high), (x >> 4 & low) | (z & high),
        (y >> 4 & low) | (z >> 2 & high)};
    for (int i = 0; i < 16; i++)
      store_scales(out->scales[2 * b + i], scale * floats_of_words(byte_of(words, i) - 32));
  }
}

// The eight scales and minimums of Q4_K and Q5_K: three words of 6-bit numbers per row, and what
// they are multiplied with.
INLINE void expand_sub_scales(const uint8_t *from, size_t b, bora_expanded *out) {
  u32x16 x = load_u32(from), y = load_u32(from + 64), z = load_u32(from + 128);
  const uint32_t six = 0x3f3f3f3f, low = 0x0f0f0f0f, high = 0x30303030;
  u32x16 scales[2] = {x & six, (z & low) | (x >> 2 & high)};
  u32x16 minimums[2] = {y & six, (z >> 4 & low) | (y >> 2 & high)};
  f32x16 scale = load_halves(from + 192), minimum = load_halves(from + 224);
  for (int sub = 0; sub < 8; sub++) {
    store_scales(out->scales[b + sub], scale * floats_of_words(byte_of(scales, sub)));
    store_f32(out->minimums[b + sub], minimum * floats_of_words(byte_of(minimums, sub)));
  }
}

// Group `g` of sub-block `sub` of eight, of which two share a byte.
INLINE u8x64 read_fours(const uint8_t *block, int sub, int g) {
  return load_u8(block + 512 * (sub / 2) + 64 * g) >> (uint8_t)(sub % 2 * 4) & 15;
}

static void expand_q4_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 2304) {
    for (int sub = 0; sub < 8; sub++)
      for (int g = 0; g < 8; g++) store_group(out, b + sub, g, read_fours(block + 256, sub, g), 0);
    expand_sub_scales(block, b, out);
  }
}

static void expand_q5_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 2816) {
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++)
      for (int g = 0; g < 8; g++) {
        u8x64 high = load_u8(block + 256 + 64 * g) >> (uint8_t)sub & 1;
        store_group(out, b + sub, g, read_fours(block + 768, sub, g) | high << 4, 0);
      }
    expand_sub_scales(block, b, out);
  }
}

// Group `g` of sub-block `sub` of Q6_K, without its offset of 32.
INLINE u8x64 read_q6_k(const uint8_t *block, int sub, int g) {
  int quarter = sub % 4;
  const uint8_t *lines = block + 288 + 192 * (8 * (sub / 4) + g);
  u8x64 low = load_u8(lines + 64 * (quarter % 2)), high = load_u8(lines + 128);
  return (low >> (uint8_t)(quarter / 2 * 4) & 15) | (high >> (uint8_t)(2 * quarter) & 3) << 4;
}

static void expand_q6_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 3360) {
    f32x16 scale = load_halves(block + 256);
#pragma clang loop unroll(full)
    for (int sub = 0; sub < 8; sub++)
      for (int g = 0; g < 8; g++) store_group(out, b + sub, g, read_q6_k(block, sub, g), 32);
    for (int i = 0; i < 16; i++) {
      i32x16 own = __builtin_convertvector(load_i8(block + 16 * i), i32x16);
      store_scales(out->scales[2 * b + i], scale * floats_of_ints(own));
    }
  }
}

static void expand_iq4_nl(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 288) {
    for (int g = 0; g < 8; g++)
      store_group(out, b, g, look_up(bora_iq4_values, read_nibbles(block, g)), 0);
    store_scales(out->scales[b], load_halves(block + 256));
  }
}

static void expand_iq4_xs(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 2176) {
    u32x16 low = load_u32(block);
    u32x16 high = __builtin_convertvector(load_u16(block + 64), u32x16);
    f32x16 scale = load_halves(block + 96);
    for (int sub = 0; sub < 8; sub++) {
      for (int g = 0; g < 8; g++) {
        u8x64 indices = read_nibbles(block + 128 + 256 * sub, g);
        store_group(out, b + sub, g, look_up(bora_iq4_values, indices), 0);
      }
      u32x16 six = (low >> (4 * sub) & 15) | (high >> (2 * sub) & 3) << 4;
      store_scales(out->scales[b + sub], scale * floats_of_words(six - 32));
    }
  }
}

static bora_expand *const expand[BORA_FORMAT_COUNT] = {
    [BORA_Q8_0] = expand_q8_0,
    [BORA_Q4_0] = expand_q4_0,
    [BORA_Q4_1] = expand_q4_1,
    [BORA_Q5_0] = expand_q5_0,
    [BORA_Q5_1] = expand_q5_1,
    [BORA_Q2_K] = expand_q2_k,
    [BORA_Q3_K] = expand_q3_k,
    [BORA_Q4_K] = expand_q4_k,
    [BORA_Q5_K] = expand_q5_k,
    [BORA_Q6_K] = expand_q6_k,
    [BORA_IQ4_NL] = expand_iq4_nl,
    [BORA_IQ4_XS] = expand_iq4_xs,
};

// Quantized formats go through the 8-bit form: its products are those of the format.
static void float_of_expanded(
    bora_format format, const uint8_t *panel, size_t elements, float *out) {
  const bora_scaling scaling = bora_layouts[format].scaling;
  const size_t span = scaling & BORA_HALF_BLOCKS ? 16 : 32;
  // 256 elements at a time: one block of the formats in 256, 8 of the others.
  bora_expanded expanded;
  for (size_t done = 0; done < elements; done += 256) {
    size_t count = elements - done < 256 ? elements - done : 256;
    expand[format](
        panel + bora_matrix_bytes(format, BORA_PANEL_ROWS, done), count / 32, &expanded);
    for (size_t k = 0; k < count; k += 4) {
      f32x16 scale = load_f32(expanded.scales[k / span][0]);
      f32x16 minimum = load_f32(expanded.minimums[k / span]);
      u32x16 group = load_u32(expanded.numbers + 16 * k) ^ (ZERO ? 0x80808080 : 0);
      for (int j = 0; j < 4; j++) {
        i32x16 number = __builtin_convertvector(group << (24 - 8 * j), i32x16) >> 24;
        f32x16 value = scale * floats_of_ints(number);
        if (scaling & BORA_WITH_MINIMUMS) value -= minimum;
        store_f32(out + 16 * (done + k + j), value);
      }
    }
  }
}

static void expand_float(bora_format format, const void *panel, size_t elements, float *out) {
  const uint8_t *halves = panel;
  switch (format) {
  case BORA_F32: memcpy(out, panel, elements * BORA_PANEL_ROWS * sizeof(float)); break;
  case BORA_F16:
    for (size_t k = 0; k < elements; k++) store_f32(out + 16 * k, load_halves(halves + 32 * k));
    break;
  case BORA_BF16:
    for (size_t k = 0; k + 1 < elements; k += 2) {
      u32x16 pairs = load_u32(halves + 32 * k);
      store_f32(out + 16 * k, first_of_pairs(pairs));
      store_f32(out + 16 * k + 16, second_of_pairs(pairs));
    }
    if (elements % 2 == 1)
      store_f32(
          out + 16 * (elements - 1), floats_of_bfloats(load_u16(halves + 32 * (elements - 1))));
    break;
  default: float_of_expanded(format, panel, elements, out);
  }
}
