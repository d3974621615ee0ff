// Conversions of 16-bit floats and functions whose accuracy Vulkan leaves open.
#ifndef NUMBERS_GLSL
#define NUMBERS_GLSL

float floatOfHalf(uint bits) { return unpackHalf2x16(bits).x; }

float floatOfBfloat(uint bits) { return uintBitsToFloat(bits << 16); }

// Rounded to the nearest, ties to even. (`packHalf2x16` may round as it likes.)
uint halfOfFloat(float value) {
  uint bits = floatBitsToUint(value);
  uint sign = bits >> 16 & 0x8000u;
  uint magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return sign | 0x7e00u;
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;
  if (magnitude < 0x38800000u) {
    // Subnormal: the sum's last bits are the number of 2^-24.
    precise float sum = uintBitsToFloat(magnitude) * 16777216.0 + 8388608.0;
    return sign | (floatBitsToUint(sum) & 0xfffu);
  }
  magnitude += 0xfffu + (magnitude >> 13 & 1u);
  return sign | (magnitude - 0x38000000u) >> 13;
}

uint bfloatOfFloat(float value) {
  uint bits = floatBitsToUint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return bits >> 16 | 0x40u;
  return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

// To an ulp or two, where `exp` may be off by 3 + 2|x|.
float exponential(float x) {
  x = clamp(x, -87.0, 88.0);
  float whole = roundEven(x * 1.44269504);
  // x - whole · ln 2, with ln 2 in two parts, the first of few bits.
  precise float rest = x - whole * 0.693145752;
  rest = rest - whole * 1.42860677e-6;
  // Taylor's series to the seventh power: |rest| <= ln 2 / 2.
  float p = 1.98412698e-4;
  p = p * rest + 1.38888889e-3;
  p = p * rest + 8.33333333e-3;
  p = p * rest + 4.16666667e-2;
  p = p * rest + 1.66666667e-1;
  p = p * rest + 0.5;
  p = p * rest + 1.0;
  p = p * rest + 1.0;
  return p * uintBitsToFloat(uint(int(whole) + 127) << 23);
}

float hyperbolicTangent(float x) {
  float size = abs(x);
  if (size < 0.625) {
    // x + x³ p(x²), p the best there (relative error 4.4e-9).
    float y = x * x;
    float p = -5.70499175e-3;
    p = p * y + 2.06390675e-2;
    p = p * y - 5.37397079e-2;
    p = p * y + 1.33314416e-1;
    p = p * y - 3.33332807e-1;
    return x + p * y * x;
  }
  float far = 1.0 - 2.0 / (exponential(2.0 * size) + 1.0);
  return x < 0.0 ? -far : far;
}

float softCapped(float x, float cap) { return cap * hyperbolicTangent(x / cap); }

// Cosine and sine of an angle of any size below 2^31 radians. The angle's bits times 1 / 2π in
// fixed point give the fraction of a turn to 2^-32: nothing is lost to the whole turns.
vec2 cosineAndSine(float angle) {
  uint bits = floatBitsToUint(abs(angle));
  int exponent = int(bits >> 23) - 150;
  uint64_t turns = 0x28be60db9391054aul;  // 2^64 / 2π
  uint64_t unit = exponent >= 0 ? turns << exponent : exponent > -64 ? turns >> -exponent : 0ul;
  uint64_t turn = uint64_t(bits & 0x7fffffu | 0x800000u) * unit;
  // The nearest quarter, and what is left in 2^-34 of a turn.
  uint64_t moved = turn + (1ul << 61);
  uint quarter = uint(moved >> 62);
  int part = int(uint(moved >> 30) ^ 0x80000000u);
  float x = float(part) * 3.65729520e-10;  // 2π / 2^34
  // Taylor's series: |x| <= π / 4.
  float y = x * x;
  float sine = 2.75573192e-6;
  sine = sine * y - 1.98412698e-4;
  sine = sine * y + 8.33333333e-3;
  sine = sine * y - 1.66666667e-1;
  sine = x + x * y * sine;
  float cosine = -2.75573192e-7;
  cosine = cosine * y + 2.48015873e-5;
  cosine = cosine * y - 1.38888889e-3;
  cosine = cosine * y + 4.16666667e-2;
  cosine = 1.0 - 0.5 * y + y * y * cosine;
  vec2 both = (quarter & 1u) == 0u ? vec2(cosine, sine) : vec2(-sine, cosine);
  both = quarter >= 2u ? -both : both;
  return angle < 0.0 ? vec2(both.x, -both.y) : both;
}

#endif
