// Packed panels to 8-bit numbers with f32 scales, and to f32. Included by portable_*.c, which
// defines `ZERO`, the number that stands for 0 in the 8-bit form.
#include "kernels.h"
#include "lanes.h"

INLINE void move_numbers(const uint8_t *from, int shift, int mask, int zero, uint8_t *to) {
  store_u8(to, ((load_u8(from) >> (uint8_t)shift) & (uint8_t)mask) + (uint8_t)zero);
}

static void expand_q8_0(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 544) {
    for (int g = 0; g < 8; g++)
      move_numbers(block + 64 * g, 0, 255, ZERO, out->numbers + 512 * b + 64 * g);
    store_f32(out->scales[b], floats_of_halves(load_u16(block + 512)));
  }
}

static void expand_q4_0(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b++, block += 288) {
    for (int g = 0; g < 8; g++)
      move_numbers(
          block + 64 * (g % 4), g / 4 * 4, 15, ZERO - 8, out->numbers + 512 * b + 64 * g);
    store_f32(out->scales[b], floats_of_halves(load_u16(block + 256)));
  }
}

// The eight scales and minimums of Q4_K, 16 rows at a time, from three words per row.
typedef struct sub_scales {
  u32x16 scales[2];
  u32x16 minimums[2];
} sub_scales;

INLINE sub_scales read_sub_scales(const uint8_t *words) {
  u32x16 a = load_u32(words), b = load_u32(words + 64), c = load_u32(words + 128);
  return (sub_scales){
      {a & 0x3f3f3f3f, (c & 0x0f0f0f0f) | (a >> 2 & 0x30303030)},
      {b & 0x3f3f3f3f, (c >> 4 & 0x0f0f0f0f) | (b >> 2 & 0x30303030)}};
}

INLINE f32x16 sub_scale(const u32x16 words[2], int sub) {
  return __builtin_convertvector(words[sub / 4] >> (8 * (sub % 4)) & 255, f32x16);
}

static void expand_q4_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 2304) {
    sub_scales six = read_sub_scales(block + 2048);
    f32x16 scale = floats_of_halves(load_u16(block + 2240));
    f32x16 minimum = floats_of_halves(load_u16(block + 2272));
    for (int sub = 0; sub < 8; sub++) {
      for (int g = 0; g < 8; g++)
        move_numbers(
            block + 512 * (sub / 2) + 64 * g, sub % 2 * 4, 15, ZERO,
            out->numbers + 512 * (b + sub) + 64 * g);
      store_f32(out->scales[b + sub], scale * sub_scale(six.scales, sub));
      store_f32(out->minimums[b + sub], minimum * sub_scale(six.minimums, sub));
    }
  }
}

// Group `g` of sub-block `sub` of Q6_K, without its offset of 32.
INLINE u8x64 read_q6_k(const uint8_t *block, int sub, int g) {
  int half = sub / 4, quarter = sub % 4;
  u8x64 low = load_u8(block + 64 * (16 * half + 8 * (quarter % 2) + g));
  u8x64 high = load_u8(block + 2048 + 64 * (8 * half + g));
  return (low >> (uint8_t)(quarter / 2 * 4) & 15) | (high >> (uint8_t)(2 * quarter) & 3) << 4;
}

static void expand_q6_k(const void *panel, size_t blocks, bora_expanded *out) {
  const uint8_t *block = panel;
  for (size_t b = 0; b < blocks; b += 8, block += 3360) {
    f32x16 scale = floats_of_halves(load_u16(block + 3328));
    for (int sub = 0; sub < 8; sub++)
      for (int g = 0; g < 8; g++)
        store_u8(
            out->numbers + 512 * (b + sub) + 64 * g,
            read_q6_k(block, sub, g) + (uint8_t)(ZERO - 32));
    for (int i = 0; i < 16; i++) {
      i32x16 own = __builtin_convertvector(load_i8(block + 3072 + 16 * i), i32x16);
      store_f32(out->scales[2 * b + i], scale * floats_of_ints(own));
    }
  }
}

static void float_f32(const void *panel, size_t elements, float *out) {
  memcpy(out, panel, elements * 16 * sizeof(float));
}

static void float_f16(const void *panel, size_t elements, float *out) {
  for (size_t k = 0; k < elements; k++)
    store_f32(out + 16 * k, floats_of_halves(load_u16((const uint8_t *)panel + 32 * k)));
}

static void float_bf16(const void *panel, size_t elements, float *out) {
  for (size_t k = 0; k < elements; k++)
    store_f32(out + 16 * k, floats_of_bfloats(load_u16((const uint8_t *)panel + 32 * k)));
}

// Quantized formats go through the 8-bit form: its products are those of the format.
INLINE void float_of_expanded(
    bora_expand *expand, bora_scaling scaling, size_t block_bytes, const uint8_t *panel,
    size_t elements, float *out) {
  // 256 elements at a time: one block of the K formats, 8 of the others.
  bora_expanded expanded;
  for (size_t done = 0; done < elements; done += 256) {
    size_t blocks = elements - done < 256 ? (elements - done) / 32 : 8;
    expand(panel + done / 32 * block_bytes, blocks, &expanded);
    for (size_t k = 0; k < 32 * blocks; k += 4) {
      f32x16 scale = load_f32(expanded.scales[scaling == BORA_HALF_BLOCKS ? k / 16 : k / 32]);
      f32x16 minimum = load_f32(expanded.minimums[k / 32]);
      u32x16 group = load_u32(expanded.numbers + 16 * k) ^ (ZERO ? 0x80808080 : 0);
      for (int j = 0; j < 4; j++) {
        i32x16 number = __builtin_convertvector(group << (24 - 8 * j), i32x16) >> 24;
        f32x16 value = scale * floats_of_ints(number);
        if (scaling == BORA_WITH_MINIMUMS) value -= minimum;
        store_f32(out + 16 * (done + k + j), value);
      }
    }
  }
}

static void float_q8_0(const void *panel, size_t elements, float *out) {
  float_of_expanded(expand_q8_0, BORA_PLAIN, 544, panel, elements, out);
}

static void float_q4_0(const void *panel, size_t elements, float *out) {
  float_of_expanded(expand_q4_0, BORA_PLAIN, 288, panel, elements, out);
}

static void float_q4_k(const void *panel, size_t elements, float *out) {
  float_of_expanded(expand_q4_k, BORA_WITH_MINIMUMS, 288, panel, elements, out);
}

static void float_q6_k(const void *panel, size_t elements, float *out) {
  float_of_expanded(expand_q6_k, BORA_HALF_BLOCKS, 420, panel, elements, out);
}
