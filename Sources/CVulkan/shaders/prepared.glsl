// Inputs that were rounded once, before the products of many tokens read them again and again.
#ifndef PREPARED_GLSL
#define PREPARED_GLSL

#include "memory.glsl"

// Halves: rows of this many numbers, zeros behind the width, each times a power of two that brings
// its largest number to between 1 and 2; behind the rows one factor per token (f32) that undoes it.
uint halvesWidth(uint width) { return (width + 31) / 32 * 32; }

uint64_t halvesOf(uint64_t prepared, uint width, uint token) {
  return element(prepared, token, 2 * halvesWidth(width));
}

uint64_t factorOf(uint64_t prepared, uint width, uint tokens, uint token) {
  return element(halvesOf(prepared, width, tokens), token, 4);
}

// Signed bytes: rows of this many numbers, zeros behind the width; behind the rows a scale (f32)
// for every 32 numbers of each row.
uint bytesWidth(uint width) { return (width + 127) / 128 * 128; }

uint64_t bytesOf(uint64_t prepared, uint width, uint token) {
  return element(prepared, token, bytesWidth(width));
}

uint64_t scalesOf(uint64_t prepared, uint width, uint tokens, uint token) {
  return element(bytesOf(prepared, width, tokens), token, bytesWidth(width) / 32 * 4);
}

#endif
