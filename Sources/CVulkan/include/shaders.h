// The committed shaders (../shaders), as SPIR-V in the read-only data of the binary.
#ifndef BORA_SHADERS_H
#define BORA_SHADERS_H

#include <stddef.h>
#include <stdint.h>

typedef struct bora_shader_code {
  // NULL where there is no such shader.
  const uint32_t *words;
  size_t bytes;
} bora_shader_code;

// The SPIR-V of `shaders/NAME.comp`.
bora_shader_code bora_shader(const char *name);

#endif
