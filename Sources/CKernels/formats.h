// What the packed formats look like inside, and conversions of 16-bit floats.
#ifndef BORA_FORMATS_H
#define BORA_FORMATS_H

#include "CKernels.h"

#include <string.h>

// A part of a block that is interleaved between the rows of a panel in pieces of `unit` bytes.
typedef struct bora_field {
  // Where the part starts in a file's block, bytes.
  uint8_t source;
  uint8_t unit;
  uint8_t count;
  // Where it starts in a packed block, and how far its units are from each other there: bytes of
  // each row.
  uint8_t target;
  uint8_t step;
} bora_field;

enum { BORA_MAX_FIELDS = 8, BORA_MAX_BLOCK_BYTES = 210 };

// How the numbers of a format are scaled; a set of bits.
typedef enum bora_scaling {
  BORA_PLAIN = 0,
  // A number is its integer times the scale, less the minimum.
  BORA_WITH_MINIMUMS = 1,
  // Scales, and minimums where there are any, span 16 elements.
  BORA_HALF_BLOCKS = 2,
  BORA_HALF_BLOCKS_WITH_MINIMUMS = BORA_WITH_MINIMUMS | BORA_HALF_BLOCKS,
  BORA_SCALING_COUNT,
} bora_scaling;

// In a packed panel of `width` rows, the blocks of all rows at one column position lie together,
// and in them the units of all rows, in the order in which the direct kernels read them.
typedef struct bora_layout {
  uint16_t elements;
  uint16_t bytes;
  bora_scaling scaling;
  uint8_t field_count;
  bora_field fields[BORA_MAX_FIELDS];
  // Two columns share a position, and so the word of each row, of which the first is the upper
  // half; the last of an odd number of columns has one for itself.
  bool pairs;
} bora_layout;

extern const bora_layout bora_layouts[BORA_FORMAT_COUNT];

// What the 4-bit indices of the IQ4 formats stand for.
extern const int8_t bora_iq4_values[16];

// Copies `blocks` block positions of a panel of `width` rows into one of 16, the others zero.
void bora_widen(bora_format format, size_t width, size_t blocks, const uint8_t *panel, void *out);

static inline uint32_t bora_load32(const void *address) {
  uint32_t value;
  memcpy(&value, address, sizeof value);
  return value;
}

static inline uint16_t bora_load16(const void *address) {
  uint16_t value;
  memcpy(&value, address, sizeof value);
  return value;
}

static inline float bora_float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t bora_bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float bora_float_of_half(uint16_t half) {
  // The exponent is moved by a product, which also makes subnormal numbers normal.
  float magnitude = bora_float_of_bits((uint32_t)(half & 0x7fff) << 13) * 0x1p112f;
  uint32_t bits = bora_bits_of_float(magnitude);
  if (magnitude >= 65536.0f) bits |= 0x7f800000;
  return bora_float_of_bits(bits | (uint32_t)(half & 0x8000) << 16);
}

// Rounded to the nearest, ties to even.
static inline uint16_t bora_half_of_float(float value) {
  uint32_t bits = bora_bits_of_float(value);
  uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    // Subnormal: the sum's last bits are the number of 2^-24.
    float sum = bora_float_of_bits(magnitude) * 0x1p24f + 0x1p23f;
    return (uint16_t)(sign | (bora_bits_of_float(sum) & 0xfff));
  }
  magnitude += 0xfff + (magnitude >> 13 & 1);
  return (uint16_t)(sign | (magnitude - 0x38000000) >> 13);
}

static inline float bora_float_of_bfloat(uint16_t bits) {
  return bora_float_of_bits((uint32_t)bits << 16);
}

#endif
