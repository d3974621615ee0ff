#include "CTale.h"

__attribute__((aligned(4096))) static const unsigned char tale[] = {
#embed "tale-q8_0.gguf"
};

const unsigned char *bora_tale(void) { return tale; }

size_t bora_tale_bytes(void) { return sizeof tale; }
