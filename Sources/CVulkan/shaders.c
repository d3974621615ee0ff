#include "shaders.h"

bora_shader_code bora_shader(const char *name) {
  (void)name;
  return (bora_shader_code){NULL, 0};
}
