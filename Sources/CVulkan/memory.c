#include <stdlib.h>

#include "objects.h"

/// The first memory type among `allowed` that has all of `flags`; -1 when there is none.
static int find_type(const bora_gpu *gpu, uint32_t allowed, VkMemoryPropertyFlags flags)
{
    for (uint32_t i = 0; i < gpu->memory.memoryTypeCount; i++) {
        if ((allowed & (1u << i))
            && (gpu->memory.memoryTypes[i].propertyFlags & flags) == flags)
            return (int)i;
    }
    return -1;
}

/// Memory types in order of preference. Coherent memory needs no flushes.
static int memory_type(const bora_gpu *gpu, uint32_t allowed, bora_memory_kind kind)
{
    const VkMemoryPropertyFlags host =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    int type = -1;
    if (kind == BORA_MEMORY_DEVICE)
        return find_type(gpu, allowed, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    if (kind == BORA_MEMORY_READBACK)
        type = find_type(gpu, allowed, host | VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
    return type >= 0 ? type : find_type(gpu, allowed, host);
}

static int bind_memory(bora_gpu *gpu, bora_buffer *buffer, bora_memory_kind kind)
{
    VkMemoryRequirements needed;
    gpu->vkGetBufferMemoryRequirements(gpu->device, buffer->buffer, &needed);
    const int type = memory_type(gpu, needed.memoryTypeBits, kind);
    if (type < 0) return VK_ERROR_FEATURE_NOT_PRESENT;
    const VkMemoryAllocateFlagsInfo flags = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
        .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
    const VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &flags,
        .allocationSize = needed.size,
        .memoryTypeIndex = (uint32_t)type,
    };
    VkResult status = gpu->vkAllocateMemory(gpu->device, &info, NULL, &buffer->memory);
    if (status != VK_SUCCESS) return status;
    status = gpu->vkBindBufferMemory(gpu->device, buffer->buffer, buffer->memory, 0);
    if (status != VK_SUCCESS || kind == BORA_MEMORY_DEVICE) return status;
    return gpu->vkMapMemory(
        gpu->device, buffer->memory, 0, VK_WHOLE_SIZE, 0, &buffer->mapped);
}

int bora_buffer_make(
    bora_gpu *gpu, uint64_t bytes, bora_memory_kind kind, bora_buffer **result)
{
    bora_buffer *buffer = calloc(1, sizeof *buffer);
    if (!buffer) return VK_ERROR_OUT_OF_HOST_MEMORY;
    const uint32_t families[] = {gpu->compute.family, gpu->transfer.family};
    const bool is_shared = families[0] != families[1];
    const VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = bytes,
        .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT
            | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT
            | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
        .sharingMode = is_shared ? VK_SHARING_MODE_CONCURRENT : VK_SHARING_MODE_EXCLUSIVE,
        .queueFamilyIndexCount = is_shared ? 2 : 0,
        .pQueueFamilyIndices = families,
    };
    int status = gpu->vkCreateBuffer(gpu->device, &info, NULL, &buffer->buffer);
    if (status == VK_SUCCESS) status = bind_memory(gpu, buffer, kind);
    if (status != VK_SUCCESS) {
        bora_buffer_free(gpu, buffer);
        return status;
    }
    const VkBufferDeviceAddressInfo address = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = buffer->buffer};
    buffer->address = gpu->vkGetBufferDeviceAddress(gpu->device, &address);
    *result = buffer;
    return status;
}

void bora_buffer_free(bora_gpu *gpu, bora_buffer *buffer)
{
    if (buffer->buffer) gpu->vkDestroyBuffer(gpu->device, buffer->buffer, NULL);
    // Freeing unmaps.
    if (buffer->memory) gpu->vkFreeMemory(gpu->device, buffer->memory, NULL);
    free(buffer);
}

uint64_t bora_buffer_address(const bora_buffer *buffer) { return buffer->address; }

void *bora_buffer_mapped(const bora_buffer *buffer) { return buffer->mapped; }
