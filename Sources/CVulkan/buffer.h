#ifndef BORA_VULKAN_BUFFER_H
#define BORA_VULKAN_BUFFER_H

#include "vulkan_api.h"

struct bora_buffer {
    VkBuffer buffer;
    VkDeviceMemory memory;
    uint64_t address;
    void *mapped;
};

VkPipeline bora_pipeline_object(const bora_pipeline *pipeline);

#endif
