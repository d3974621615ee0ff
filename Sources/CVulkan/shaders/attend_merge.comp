// Brings the parts of split attention together: a workgroup for each query head of each row of the
// sequences that are split.
#version 460
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"
#include "reduction.glsl"

// An invocation for each part.
layout(local_size_x = MAX_SPLITS) in;
layout(constant_id = 0) const uint VALUE_WIDTH = 128;

// Parts whose sums are loaded before the first is waited for.
const uint LOADS = 8;

shared float weights[MAX_SPLITS];

void main() {
  uint vector = gl_WorkGroupID.x, index = 0, base = 0;
  Sequence sequence = loadSequence(sequences, 0);
  Division parts = division(sequence);
  while (parts.splits <= 1 || vector >= sequence.rows * heads * group) {
    if (parts.splits > 1) vector -= sequence.rows * heads * group;
    base += partialCount(sequence, parts);
    sequence = loadSequence(sequences, ++index);
    parts = division(sequence);
  }
  const uint bytes = 4 * (VALUE_WIDTH + 2);
  uint64_t part = element(partials, base + vector * parts.splits, bytes);

  uint lane = gl_LocalInvocationID.x, last = parts.splits - 1;
  uint64_t own = element(part, min(lane, last), bytes);
  float largest = loadFloat(element(own, VALUE_WIDTH, 4));
  float total = loadFloat(element(own, VALUE_WIDTH + 1, 4));
  float most = teamMax(largest, gl_WorkGroupSize.x);
  float weight = lane <= last ? exponential(largest - most) : 0.0;
  weights[lane] = weight / teamSum(weight * total, gl_WorkGroupSize.x);
  barrier();

  uint64_t target = element(
      outputs, sequence.firstRow * heads * group + vector, 4 * VALUE_WIDTH);
  for (uint column = lane; column < VALUE_WIDTH; column += gl_WorkGroupSize.x) {
    float sum = 0.0;
    for (uint split = 0; split <= last; split += LOADS) {
      float sums[LOADS];
      [[unroll]] for (uint i = 0; i < LOADS; i++)
        sums[i] = loadFloat(element(element(part, min(split + i, last), bytes), column, 4));
      [[unroll]] for (uint i = 0; i < LOADS; i++) sum += weights[split + i] * sums[i];
    }
    storeFloat(element(target, column, 4), sum);
  }
}
