#include "shaders.h"

#include <string.h>

#define SPIRV _Alignas(uint32_t) static const unsigned char

SPIRV append_kv[] = {
#embed "shaders/append_kv.spv"
};
SPIRV attend[] = {
#embed "shaders/attend.spv"
};
SPIRV attend_cooperative[] = {
#embed "shaders/attend_cooperative.spv"
};
SPIRV attend_merge[] = {
#embed "shaders/attend_merge.spv"
};
SPIRV embed[] = {
#embed "shaders/embed.spv"
};
SPIRV gather[] = {
#embed "shaders/gather.spv"
};
SPIRV matmul[] = {
#embed "shaders/matmul.spv"
};
SPIRV matmul_cooperative[] = {
#embed "shaders/matmul_cooperative.spv"
};
SPIRV matmul_halves[] = {
#embed "shaders/matmul_halves.spv"
};
SPIRV matmul_integers[] = {
#embed "shaders/matmul_integers.spv"
};
SPIRV matvec[] = {
#embed "shaders/matvec.spv"
};
SPIRV normalize[] = {
#embed "shaders/normalize.spv"
};
SPIRV normalize_heads[] = {
#embed "shaders/normalize_heads.spv"
};
SPIRV prepare_bytes[] = {
#embed "shaders/prepare_bytes.spv"
};
SPIRV prepare_halves[] = {
#embed "shaders/prepare_halves.spv"
};
SPIRV rotate[] = {
#embed "shaders/rotate.spv"
};
SPIRV soft_cap[] = {
#embed "shaders/soft_cap.spv"
};

#define SHADER(name) {#name, name, sizeof name}

static const struct {
  const char *name;
  const unsigned char *code;
  size_t bytes;
} shaders[] = {
    SHADER(append_kv), SHADER(attend), SHADER(attend_cooperative), SHADER(attend_merge),
    SHADER(embed), SHADER(gather), SHADER(matmul), SHADER(matmul_cooperative),
    SHADER(matmul_halves), SHADER(matmul_integers), SHADER(matvec), SHADER(normalize),
    SHADER(normalize_heads), SHADER(prepare_bytes), SHADER(prepare_halves), SHADER(rotate),
    SHADER(soft_cap),
};

bora_shader_code bora_shader(const char *name) {
  for (size_t i = 0; i < sizeof shaders / sizeof *shaders; i++)
    if (strcmp(shaders[i].name, name) == 0)
      return (bora_shader_code){(const uint32_t *)shaders[i].code, shaders[i].bytes};
  return (bora_shader_code){NULL, 0};
}
