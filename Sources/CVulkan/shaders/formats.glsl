// Weight formats as GGUF stores them (ggml's block_q8_0, block_q4_K, … in ggml-common.h), read in
// units of 16 numbers: four runs of four neighbours. Where the runs of a unit lie in a row is the
// format's own (`runStart`), so that every byte of a block is loaded once, by one invocation.
#ifndef FORMATS_GLSL
#define FORMATS_GLSL

#include "memory.glsl"
#include "numbers.glsl"

// In the order of `ElementType.allCases`.
const uint F32 = 0, F16 = 1, BF16 = 2, Q8_0 = 3, Q4_0 = 4, Q4_1 = 5, Q5_0 = 6, Q5_1 = 7, Q2_K = 8,
           Q3_K = 9, Q4_K = 10, Q5_K = 11, Q6_K = 12, IQ4_NL = 13, IQ4_XS = 14;

const uint UNIT = 16;

bool isQuantized(uint format) { return format > BF16; }

bool hasMinimums(uint format) {
  return format == Q4_1 || format == Q5_1 || format == Q2_K || format == Q4_K || format == Q5_K;
}

// Bytes of a row of `count` numbers.
uint rowBytes(uint format, uint count) {
  switch (format) {
    case F32: return count * 4;
    case F16:
    case BF16: return count * 2;
    case Q8_0: return count / 32 * 34;
    case Q4_0:
    case IQ4_NL: return count / 32 * 18;
    case Q4_1: return count / 32 * 20;
    case Q5_0: return count / 32 * 22;
    case Q5_1: return count / 32 * 24;
    case Q2_K: return count / 256 * 84;
    case Q3_K: return count / 256 * 110;
    case Q4_K: return count / 256 * 144;
    case Q5_K: return count / 256 * 176;
    case Q6_K: return count / 256 * 210;
    default: return count / 256 * 136;  // IQ4_XS
  }
}

// Position in the row of run `run` of unit `unit`.
uint runStart(uint format, uint unit, uint run) {
  switch (format) {
    case F32:
    case F16:
    case BF16:
    case Q8_0: return UNIT * unit + 4 * run;
    case Q2_K:
    case Q3_K:
    case Q6_K: return unit / 8 * 128 + 4 * (unit % 8) + 32 * run;
    case Q4_K:
    case Q5_K: return unit / 4 * 64 + 8 * (unit % 4) + run / 2 * 32 + 4 * (run % 2);
    default: return unit / 2 * 32 + 8 * (unit % 2) + run / 2 * 16 + 4 * (run % 2);
  }
}

// Whether runs 0 and 1 of a unit are neighbours, and runs 2 and 3.
bool runsArePaired(uint format) { return format != Q2_K && format != Q3_K && format != Q6_K; }

// A unit as it is loaded, before any arithmetic, so that a kernel may ask for the next ones while
// it works on those that it has. Where each field lies is the format's own.
struct Packed {
  uvec4 words;
  uvec4 more;
};

// A number is its signed byte times the scale, less the minimum; both are one per run.
struct Unit {
  uvec4 bytes;
  vec4 scales;
  vec4 minimums;
};

// Subtracts `bit`, a power of two in each byte, from bytes below twice that.
uvec4 centered(uvec4 bytes, uint bit) {
  uvec4 negative = ~bytes & bit;
  return (bytes & (bit - 0x01010101u)) | negative * (256u / (bit & 0xffu) - 1u);
}

// The low nibbles of eight bytes, then the high ones.
uvec4 nibbles(uvec2 bytes) { return uvec4(bytes, bytes >> 4) & 0x0f0f0f0fu; }

// The lowest four bits, a byte each.
uint spread(uint bits) { return (bits & 0xfu) * 0x00204081u & 0x01010101u; }

uvec2 load64Even(uint64_t address) {
  return uvec2(load32Even(address), load32Even(address + 4ul));
}

Packed packedQ8_0(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 2, 34);
  uint64_t bytes = offsetBy(block, 2 + 16 * (unit % 2));
  return Packed(
      uvec4(load64Even(bytes), load64Even(bytes + 8ul)), uvec4(load16(block), 0, 0, 0));
}

Unit unpackedQ8_0(Packed packed) {
  return Unit(packed.words, vec4(floatOfHalf(packed.more.x)), vec4(0));
}

Packed packedQ4_0(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 2, 18);
  return Packed(
      uvec4(load64Even(offsetBy(block, 2 + 8 * (unit % 2))), load16(block), 0), uvec4(0));
}

Unit unpackedQ4_0(Packed packed) {
  uvec4 bytes = nibbles(packed.words.xy);
  return Unit(centered(bytes, 0x08080808u), vec4(floatOfHalf(packed.words.z)), vec4(0));
}

Packed packedQ4_1(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 2, 20);
  uint64_t bytes = offsetBy(block, 4 + 8 * (unit % 2));
  return Packed(uvec4(load32(bytes), load32(bytes + 4ul), load32(block), 0), uvec4(0));
}

Unit unpackedQ4_1(Packed packed) {
  vec2 scale = unpackHalf2x16(packed.words.z);
  return Unit(nibbles(packed.words.xy), vec4(scale.x), vec4(-scale.y));
}

// The fifth bits of a unit of a block of 32.
uvec4 fifths(uint bits, uint unit) {
  bits >>= 8 * (unit % 2);
  return uvec4(spread(bits), spread(bits >> 4), spread(bits >> 16), spread(bits >> 20)) << 4;
}

Packed packedQ5_0(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 2, 22);
  uvec2 bytes = load64Even(offsetBy(block, 6 + 8 * (unit % 2)));
  return Packed(uvec4(bytes, load16(block), load32Even(block + 2ul)), uvec4(0));
}

Unit unpackedQ5_0(Packed packed, uint unit) {
  uvec4 bytes = nibbles(packed.words.xy) | fifths(packed.words.w, unit);
  return Unit(centered(bytes, 0x10101010u), vec4(floatOfHalf(packed.words.z)), vec4(0));
}

Packed packedQ5_1(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 2, 24);
  uvec2 bytes = load64(offsetBy(block, 8 + 8 * (unit % 2)));
  return Packed(uvec4(bytes, load64(block)), uvec4(0));
}

Unit unpackedQ5_1(Packed packed, uint unit) {
  vec2 scale = unpackHalf2x16(packed.words.z);
  uvec4 bytes = nibbles(packed.words.xy) | fifths(packed.words.w, unit);
  return Unit(bytes, vec4(scale.x), vec4(-scale.y));
}

// The byte of each run in pairs of bytes: `second` chooses the second of each pair.
uvec4 byteOfPairs(uvec2 pairs, bool second) {
  uint shift = second ? 8 : 0;
  return uvec4(pairs.x, pairs.x >> 16, pairs.y, pairs.y >> 16) >> shift & 0xffu;
}

uvec4 twoBits(uint bytes) {
  return uvec4(bytes, bytes >> 2, bytes >> 4, bytes >> 6) & 0x03030303u;
}

Packed packedQ2_K(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 16, 84);
  uint part = unit / 8 % 2, column = 4 * (unit % 8);
  uint64_t scales = offsetBy(block, 8 * part);
  uint bytes = load32(offsetBy(block, 16 + 32 * part + column));
  return Packed(
      uvec4(bytes, load32(scales), load32(scales + 4ul), load32(block + 80ul)), uvec4(0));
}

Unit unpackedQ2_K(Packed packed, uint unit) {
  uvec4 scales = byteOfPairs(packed.words.yz, unit % 8 >= 4);
  vec2 scale = unpackHalf2x16(packed.words.w);
  return Unit(
      twoBits(packed.words.x), scale.x * vec4(scales & 15u), scale.y * vec4(scales >> 4));
}

Packed packedQ3_K(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 16, 110);
  uint part = unit / 8 % 2, column = 4 * (unit % 8);
  uint thirds = load32Even(offsetBy(block, column));
  uint bytes = load32Even(offsetBy(block, 32 + 32 * part + column));
  return Packed(
      uvec4(bytes, thirds, load64Even(block + 96ul)),
      uvec4(load32Even(block + 104ul), load16(block + 108ul), 0, 0));
}

Unit unpackedQ3_K(Packed packed, uint unit) {
  uint part = unit / 8 % 2;
  bool second = unit % 8 >= 4;
  uvec4 thirds = uvec4(packed.words.y) >> (4 * part + uvec4(0, 1, 2, 3));
  uvec4 bytes = twoBits(packed.words.x) | (thirds & 0x01010101u) << 2;
  // Scales are 6 bits: four low ones in the nibbles of 8 bytes, two high ones in 4.
  uvec4 low = byteOfPairs(packed.words.zw, second) >> 4 * part & 15u;
  uint rest = packed.more.x >> 4 * part;
  uvec4 high = byteOfPairs(uvec2(rest, rest >> 2), second) & 3u;
  vec4 scales = vec4(ivec4(low | high << 4) - 32);
  return Unit(centered(bytes, 0x04040404u), floatOfHalf(packed.more.y) * scales, vec4(0));
}

// Scales (x) and minimums (y) of sub-blocks `2 · pair` and `2 · pair + 1` of Q4_K and Q5_K, of 6 bits
// each, from the first 16 bytes of a block: the sub-blocks' values in the two low bytes.
uvec2 sixBits(uvec4 head, uint pair) {
  uvec3 packed = head.yzw >> 16 * (pair % 2);
  uvec2 low = packed.xy & 0x3f3fu;
  uvec2 high = (uvec2(packed.z, packed.z >> 4) & 0x0f0fu) | (packed.xy >> 2 & 0x3030u);
  // A branch would keep the next unit's loads waiting.
  return mix(high, low, bvec2(pair < 2));
}

Unit unitOfPairs(uvec4 head, uvec4 bytes, uint pair) {
  vec2 scale = unpackHalf2x16(head.x);
  uvec2 packed = sixBits(head, pair);
  vec4 factors = vec4(packed & 0xffu, packed >> 8);
  return Unit(bytes, scale.x * factors.xxzz, scale.y * factors.yyww);
}

Packed packedQ4_K(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 16, 144);
  uvec2 bytes = load64(offsetBy(block, 16 + 32 * (unit / 4 % 4) + 8 * (unit % 4)));
  return Packed(load128(block), uvec4(bytes, 0, 0));
}

Unit unpackedQ4_K(Packed packed, uint unit) {
  return unitOfPairs(packed.words, nibbles(packed.more.xy), unit / 4 % 4);
}

Packed packedQ5_K(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 16, 176);
  uint column = 8 * (unit % 4);
  uvec2 bytes = load64(offsetBy(block, 48 + 32 * (unit / 4 % 4) + column));
  return Packed(load128(block), uvec4(bytes, load64(offsetBy(block, 16 + column))));
}

Unit unpackedQ5_K(Packed packed, uint unit) {
  uint pair = unit / 4 % 4;
  uvec2 fifths = packed.more.zw >> 2 * pair;
  uvec4 bytes = nibbles(packed.more.xy) | (uvec4(fifths, fifths >> 1) & 0x01010101u) << 4;
  return unitOfPairs(packed.words, bytes, pair);
}

Packed packedQ6_K(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 16, 210);
  uint part = unit / 8 % 2, column = 4 * (unit % 8);
  uint64_t low = offsetBy(block, 64 * part + column);
  uint high = load32Even(offsetBy(block, 128 + 32 * part + column));
  return Packed(
      uvec4(load32Even(low), load32Even(low + 32ul), high, load16(block + 208ul)),
      uvec4(load64Even(offsetBy(block, 192 + 8 * part)), 0, 0));
}

Unit unpackedQ6_K(Packed packed, uint unit) {
  uvec4 bytes = nibbles(packed.words.xy) | twoBits(packed.words.z) << 4;
  uvec4 scales = byteOfPairs(packed.more.xy, unit % 8 >= 4);
  return Unit(
      centered(bytes, 0x20202020u),
      floatOfHalf(packed.words.w) * vec4(ivec4(scales << 24) >> 24), vec4(0));
}

// What the 4-bit indices of the IQ4 formats stand for, as signed bytes: -127, -104, -83, -65, -49,
// -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113.
uint fourBitValue(uint index) {
  const uvec4 table = uvec4(0xbfad9881u, 0xf6eaddcfu, 0x26190d01u, 0x71594535u);
  return table[index >> 2 & 3u] >> 8 * (index & 3u) & 0xffu;
}

uint fourBitValues(uint indices) {
  return fourBitValue(indices & 15u) | fourBitValue(indices >> 8 & 15u) << 8
      | fourBitValue(indices >> 16 & 15u) << 16 | fourBitValue(indices >> 24) << 24;
}

uvec4 fourBitValues(uvec4 indices) {
  return uvec4(
      fourBitValues(indices.x), fourBitValues(indices.y), fourBitValues(indices.z),
      fourBitValues(indices.w));
}

// IQ4_NL is laid out as Q4_0.
Unit unpackedIQ4_NL(Packed packed) {
  uvec4 indices = nibbles(packed.words.xy);
  return Unit(fourBitValues(indices), vec4(floatOfHalf(packed.words.z)), vec4(0));
}

Packed packedIQ4_XS(uint64_t row, uint unit) {
  uint64_t block = element(row, unit / 16, 136);
  return Packed(uvec4(load64(offsetBy(block, 8 + 8 * (unit % 16))), load64(block)), uvec4(0));
}

Unit unpackedIQ4_XS(Packed packed, uint unit) {
  uint sub = unit / 2 % 8;
  uvec2 head = packed.words.zw;
  uint low = head.y >> 4 * sub & 15u;
  uint high = head.x >> 16 + 2 * sub & 3u;
  float scale = floatOfHalf(head.x) * float(int(low | high << 4) - 32);
  return Unit(fourBitValues(nibbles(packed.words.xy)), vec4(scale), vec4(0));
}

Packed packedHalves(uint64_t row, uint unit) {
  uint64_t numbers = element(row, unit, 32);
  return Packed(load128(numbers), load128(numbers + 16ul));
}

// Loads unit `unit` of a row of whole units, in any format but F32. `format` is a constant of the
// pipeline.
Packed packedUnit(uint format, uint64_t row, uint unit) {
  switch (format) {
    case F16:
    case BF16: return packedHalves(row, unit);
    case Q8_0: return packedQ8_0(row, unit);
    case Q4_0:
    case IQ4_NL: return packedQ4_0(row, unit);
    case Q4_1: return packedQ4_1(row, unit);
    case Q5_0: return packedQ5_0(row, unit);
    case Q5_1: return packedQ5_1(row, unit);
    case Q2_K: return packedQ2_K(row, unit);
    case Q3_K: return packedQ3_K(row, unit);
    case Q4_K: return packedQ4_K(row, unit);
    case Q5_K: return packedQ5_K(row, unit);
    case Q6_K: return packedQ6_K(row, unit);
    default: return packedIQ4_XS(row, unit);
  }
}

// What `packedUnit` has loaded of a quantized format.
Unit unpackedUnit(uint format, Packed packed, uint unit) {
  switch (format) {
    case Q8_0: return unpackedQ8_0(packed);
    case Q4_0: return unpackedQ4_0(packed);
    case Q4_1: return unpackedQ4_1(packed);
    case Q5_0: return unpackedQ5_0(packed, unit);
    case Q5_1: return unpackedQ5_1(packed, unit);
    case Q2_K: return unpackedQ2_K(packed, unit);
    case Q3_K: return unpackedQ3_K(packed, unit);
    case Q4_K: return unpackedQ4_K(packed, unit);
    case Q5_K: return unpackedQ5_K(packed, unit);
    case Q6_K: return unpackedQ6_K(packed, unit);
    case IQ4_NL: return unpackedIQ4_NL(packed);
    default: return unpackedIQ4_XS(packed, unit);
  }
}

Unit quantizedUnit(uint format, uint64_t row, uint unit) {
  return unpackedUnit(format, packedUnit(format, row, unit), unit);
}

vec4 signedBytes(uint bytes) {
  int all = int(bytes);
  return vec4(
      bitfieldExtract(all, 0, 8), bitfieldExtract(all, 8, 8), bitfieldExtract(all, 16, 8),
      bitfieldExtract(all, 24, 8));
}

vec4 floatsOfHalves(uvec2 pairs) {
  return vec4(unpackHalf2x16(pairs.x), unpackHalf2x16(pairs.y));
}

vec4 floatsOfBfloats(uvec2 pairs) {
  return uintBitsToFloat(uvec4(pairs.x << 16, pairs.x & 0xffff0000u, pairs.y << 16,
                               pairs.y & 0xffff0000u));
}

// What `packedUnit` has loaded of F16 or BF16.
void unpackedNumbers(uint format, Packed packed, out vec4 numbers[4]) {
  numbers = format == F16
      ? vec4[4](
            floatsOfHalves(packed.words.xy), floatsOfHalves(packed.words.zw),
            floatsOfHalves(packed.more.xy), floatsOfHalves(packed.more.zw))
      : vec4[4](
            floatsOfBfloats(packed.words.xy), floatsOfBfloats(packed.words.zw),
            floatsOfBfloats(packed.more.xy), floatsOfBfloats(packed.more.zw));
}

// Number `index` of a row in a plain format.
float plainNumber(uint format, uint64_t row, uint index) {
  if (format == F32) return loadFloat(element(row, index, 4));
  uint bits = load16(element(row, index, 2));
  return format == F16 ? floatOfHalf(bits) : floatOfBfloat(bits);
}

// Four numbers of `row` from `first` on, zeros behind its `count`. Rows of a multiple of four
// numbers start where four can be loaded at once.
vec4 plainRun(uint format, uint64_t row, uint first, uint count) {
  if (count % 4 == 0) {
    if (first >= count) return vec4(0);
    if (format == F32) return loadFloats(element(row, first, 4));
    uvec2 pairs = load64(element(row, first, 2));
    return format == F16 ? floatsOfHalves(pairs) : floatsOfBfloats(pairs);
  }
  vec4 run = vec4(0);
  for (uint i = 0; i < 4; i++)
    if (first + i < count) run[i] = plainNumber(format, row, first + i);
  return run;
}

// Units of a row of `count` numbers.
uint unitCount(uint count) { return (count + UNIT - 1) / UNIT; }

// The four runs of a unit of a quantized format.
void dequantize(Unit unit, out vec4 numbers[4]) {
  for (uint run = 0; run < 4; run++) {
    precise vec4 product = unit.scales[run] * signedBytes(unit.bytes[run]);
    precise vec4 difference = product - unit.minimums[run];
    numbers[run] = difference;
  }
}

// The numbers of unit `unit` of a row of `count`, zeros behind its end.
void loadUnit(uint format, uint64_t row, uint unit, uint count, out vec4 numbers[4]) {
  if (isQuantized(format)) {
    dequantize(quantizedUnit(format, row, unit), numbers);
  } else {
    for (uint run = 0; run < 4; run++)
      numbers[run] = plainRun(format, row, UNIT * unit + 4 * run, count);
  }
}

#endif
