// Sums over invocations. A team is `LANES` neighbours of a workgroup: a subgroup where the device
// has subgroups of that size, else any such invocations, which then meet in shared memory.
#ifndef REDUCTION_GLSL
#define REDUCTION_GLSL

#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require

// For workgroups of up to 256. (`gl_WorkGroupSize` would be 1 before a shader declares its own.)
shared float partial[256];

bool teamsAreSubgroups(uint lanes) {
  return gl_SubgroupSize == lanes && gl_NumSubgroups * lanes == gl_WorkGroupSize.x;
}

uint teamOf(uint lanes) {
  return teamsAreSubgroups(lanes) ? gl_SubgroupID : gl_LocalInvocationID.x / lanes;
}

uint laneOf(uint lanes) {
  return teamsAreSubgroups(lanes) ? gl_SubgroupInvocationID : gl_LocalInvocationID.x % lanes;
}

// The sum over the invocation's team, to all of it. Every invocation of the workgroup takes part;
// `lanes` is a power of two.
float teamSum(float value, uint lanes) {
  if (teamsAreSubgroups(lanes)) return subgroupAdd(value);
  uint own = gl_LocalInvocationID.x, first = own / lanes * lanes;
  partial[own] = value;
  barrier();
  for (uint distance = lanes / 2; distance > 0; distance /= 2) {
    if (own - first < distance) partial[own] += partial[own + distance];
    barrier();
  }
  float sum = partial[first];
  barrier();
  return sum;
}

// The largest in the invocation's team, to all of it; as `teamSum`.
float teamMax(float value, uint lanes) {
  if (teamsAreSubgroups(lanes)) return subgroupMax(value);
  uint own = gl_LocalInvocationID.x, first = own / lanes * lanes;
  partial[own] = value;
  barrier();
  for (uint distance = lanes / 2; distance > 0; distance /= 2) {
    if (own - first < distance) partial[own] = max(partial[own], partial[own + distance]);
    barrier();
  }
  float largest = partial[first];
  barrier();
  return largest;
}

// The sum over the workgroup, to all of it.
float groupSum(float value) {
  float own = subgroupAdd(value);
  if (subgroupElect()) partial[gl_SubgroupID] = own;
  barrier();
  float sum = 0.0;
  for (uint i = 0; i < gl_NumSubgroups; i++) sum += partial[i];
  barrier();
  return sum;
}

#endif
