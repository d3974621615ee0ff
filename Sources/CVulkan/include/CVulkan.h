// The Vulkan API without prototypes (the library is opened at run time), and the committed shaders.
#ifndef BORA_CVULKAN_H
#define BORA_CVULKAN_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#endif
