// What the sources of this layer know of each other's objects.
#ifndef BORA_VULKAN_OBJECTS_H
#define BORA_VULKAN_OBJECTS_H

#include "vulkan_api.h"

struct bora_buffer {
    VkBuffer buffer;
    VkDeviceMemory memory;
    uint64_t address;
    void *mapped;
};

struct bora_pipeline {
    VkPipeline pipeline;
};

#endif
