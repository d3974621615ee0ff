// What the kernels of linear layers share: their arguments, and what happens to a finished sum.
#ifndef LINEAR_GLSL
#define LINEAR_GLSL

#include "formats.glsl"

// `outputs = scale · (inputs · weightsᵀ + bias)`, or `+= …`
struct Projection {
  uint64_t weights;
  uint64_t bias;  // 0: none
  uint64_t outputs;
  uint count;     // of outputs
  float scale;
};

const uint MAX_PROJECTIONS = 3;

layout(push_constant, std430) uniform Arguments {
  // With an activation the first is `up` and the second `gate`, whose outputs are not stored.
  Projection projections[MAX_PROJECTIONS];
  uint64_t inputs;  // [tokens, width]
  uint width;
  uint tokens;
  uint accumulating;  // a bit for each projection
  float epsilon;
  uint64_t normWeight;  // [width], of the norm that `matvec` may compute
};

// Values of ACTIVATION.
const uint NONE = 0, SILU = 1, GELU = 2;

float activated(uint activation, float x) {
  if (activation == SILU) return x / (1.0 + exponential(-x));
  // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), u = √(2/π) · (x + 0.044715 x³)
  return x / (1.0 + exponential(-1.59576917 * x * (1.0 + 0.044715 * x * x)));
}

// The projection that a workgroup works on: each takes `tiles` of `size` outputs, one after
// another. `tile` becomes the position among its own.
uint projectionOf(inout uint tile, uint size) {
  uint index = 0;
  while (index + 1 < MAX_PROJECTIONS) {
    uint own = (projections[index].count + size - 1) / size;
    if (tile < own) break;
    tile -= own;
    index++;
  }
  return index;
}

float finished(uint index, uint row, float sum) {
  Projection projection = projections[index];
  precise float product = sum;
  if (projection.bias != 0ul) product = product + loadFloat(element(projection.bias, row, 4));
  precise float scaled = projection.scale * product;
  return scaled;
}

void storeOutput(uint index, uint token, uint row, float value) {
  Projection projection = projections[index];
  uint64_t target = element(element(projection.outputs, token, 4 * projection.count), row, 4);
  precise float result = value;
  if ((accumulating >> index & 1u) != 0u) result = loadFloat(target) + result;
  storeFloat(target, result);
}

#endif
