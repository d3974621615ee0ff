// Brings the parts of split attention together: a workgroup for each query head of each row of the
// sequences that are split.
#version 460
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint VALUE_WIDTH = 128;

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

  float largest = NO_SCORE;
  for (uint split = 0; split < parts.splits; split++)
    largest = max(largest, loadFloat(element(element(part, split, bytes), VALUE_WIDTH, 4)));
  float total = 0.0;
  for (uint split = 0; split < parts.splits; split++) {
    uint64_t own = element(part, split, bytes);
    total += exponential(loadFloat(element(own, VALUE_WIDTH, 4)) - largest)
        * loadFloat(element(own, VALUE_WIDTH + 1, 4));
  }
  uint64_t target = element(
      outputs, sequence.firstRow * heads * group + vector, 4 * VALUE_WIDTH);
  for (uint column = gl_LocalInvocationID.x; column < VALUE_WIDTH; column += gl_WorkGroupSize.x) {
    float sum = 0.0;
    for (uint split = 0; split < parts.splits; split++) {
      uint64_t own = element(part, split, bytes);
      sum += exponential(loadFloat(element(own, VALUE_WIDTH, 4)) - largest)
          * loadFloat(element(own, column, 4));
    }
    storeFloat(element(target, column, 4), sum / total);
  }
}
