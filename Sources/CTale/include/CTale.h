#ifndef BORA_TALE_H
#define BORA_TALE_H

#include <stddef.h>

/// The embedded model: a GGUF file in the read-only data of the binary, aligned to a page.
const unsigned char *bora_tale(void);

/// Its length in bytes.
size_t bora_tale_bytes(void);

#endif
