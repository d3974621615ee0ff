// The reference: what every C compiler makes of the kernels, without extensions of the CPU.
#define ZERO 0
#define FLOAT_PANELS 1
#define FLOAT_COLUMNS 1
#define QUERY_TILE_VECTORS 1
#define QUERY_TILE 1
#define DIRECT_SUMS 4
#define DIRECT_KERNELS {0}

#include "portable.h"

BORA_KERNEL_TABLE(scalar, scalar, turn_rounded, NULL, peak_float)
