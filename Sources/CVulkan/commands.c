#include <stdlib.h>

#include "objects.h"

struct bora_commands {
    bora_gpu *gpu;
    bora_queue_state *queue;
    /// Counts finished submissions.
    VkSemaphore timeline;
    VkCommandPool pool;
    /// Submission `n` was recorded in buffer `n % BORA_RECORDINGS`.
    VkCommandBuffer buffers[BORA_RECORDINGS];
    uint64_t submitted;
};

static VkCommandBuffer current(const bora_commands *commands)
{
    return commands->buffers[(commands->submitted + 1) % BORA_RECORDINGS];
}

static int make_objects(bora_commands *commands)
{
    bora_gpu *gpu = commands->gpu;
    const VkSemaphoreTypeCreateInfo type = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkSemaphoreCreateInfo timeline = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkResult status =
        gpu->vkCreateSemaphore(gpu->device, &timeline, NULL, &commands->timeline);
    if (status != VK_SUCCESS) return status;
    const VkCommandPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
        .queueFamilyIndex = commands->queue->family};
    status = gpu->vkCreateCommandPool(gpu->device, &pool, NULL, &commands->pool);
    if (status != VK_SUCCESS) return status;
    const VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .commandPool = commands->pool,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = BORA_RECORDINGS};
    return gpu->vkAllocateCommandBuffers(gpu->device, &info, commands->buffers);
}

int bora_commands_make(bora_gpu *gpu, bora_queue queue, bora_commands **result)
{
    bora_commands *commands = calloc(1, sizeof *commands);
    if (!commands) return VK_ERROR_OUT_OF_HOST_MEMORY;
    commands->gpu = gpu;
    commands->queue = queue == BORA_QUEUE_COMPUTE ? &gpu->compute : &gpu->transfer;
    const int status = make_objects(commands);
    if (status != VK_SUCCESS) {
        bora_commands_free(commands);
        return status;
    }
    *result = commands;
    return status;
}

void bora_commands_free(bora_commands *commands)
{
    bora_gpu *gpu = commands->gpu;
    // A driver's own thread may still be at the end of a submission whose semaphore is signalled.
    if (commands->submitted > 0) {
        pthread_mutex_lock(commands->queue->lock);
        gpu->vkQueueWaitIdle(commands->queue->queue);
        pthread_mutex_unlock(commands->queue->lock);
    }
    if (commands->pool) gpu->vkDestroyCommandPool(gpu->device, commands->pool, NULL);
    if (commands->timeline) gpu->vkDestroySemaphore(gpu->device, commands->timeline, NULL);
    free(commands);
}

int bora_commands_begin(bora_commands *commands)
{
    const uint64_t number = commands->submitted + 1;
    if (number > BORA_RECORDINGS) {
        const int status =
            bora_commands_wait(commands, number - BORA_RECORDINGS, UINT64_MAX);
        if (status != VK_SUCCESS) return status;
    }
    const VkCommandBufferBeginInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    return commands->gpu->vkBeginCommandBuffer(current(commands), &info);
}

void bora_record_dispatch(
    bora_commands *commands, const bora_pipeline *pipeline, const void *arguments,
    uint32_t bytes, uint32_t x, uint32_t y, uint32_t z)
{
    bora_gpu *gpu = commands->gpu;
    VkCommandBuffer buffer = current(commands);
    gpu->vkCmdBindPipeline(
        buffer, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->pipeline);
    if (bytes > 0)
        gpu->vkCmdPushConstants(
            buffer, gpu->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, bytes, arguments);
    gpu->vkCmdDispatch(buffer, x, y, z);
}

/// A queue made for copies has no shaders.
static bool has_shaders(const bora_commands *commands)
{
    return commands->queue->family == commands->gpu->compute.family;
}

static void barrier(
    bora_commands *commands, VkPipelineStageFlags before, VkAccessFlags written,
    VkPipelineStageFlags after, VkAccessFlags touched)
{
    const VkMemoryBarrier memory = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = written,
        .dstAccessMask = touched,
    };
    commands->gpu->vkCmdPipelineBarrier(
        current(commands), before, after, 0, 1, &memory, 0, NULL, 0, NULL);
}

void bora_record_barrier(bora_commands *commands)
{
    VkPipelineStageFlags stages = VK_PIPELINE_STAGE_TRANSFER_BIT;
    VkAccessFlags writes = VK_ACCESS_TRANSFER_WRITE_BIT;
    VkAccessFlags reads = VK_ACCESS_TRANSFER_READ_BIT;
    if (has_shaders(commands)) {
        stages |= VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
        writes |= VK_ACCESS_SHADER_WRITE_BIT;
        reads |= VK_ACCESS_SHADER_READ_BIT;
    }
    barrier(commands, stages, writes, stages, reads | writes);
}

void bora_record_host_barrier(bora_commands *commands)
{
    barrier(
        commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
        VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
}

void bora_record_copy(
    bora_commands *commands, const bora_buffer *source, uint64_t source_offset,
    const bora_buffer *target, uint64_t target_offset, uint64_t bytes)
{
    const VkBufferCopy region = {
        .srcOffset = source_offset, .dstOffset = target_offset, .size = bytes};
    commands->gpu->vkCmdCopyBuffer(
        current(commands), source->buffer, target->buffer, 1, &region);
}

void bora_record_fill(
    bora_commands *commands, const bora_buffer *buffer, uint64_t offset, uint64_t bytes,
    uint32_t value)
{
    commands->gpu->vkCmdFillBuffer(current(commands), buffer->buffer, offset, bytes, value);
}

int bora_submit(bora_commands *commands, uint64_t *number)
{
    bora_gpu *gpu = commands->gpu;
    VkCommandBuffer buffer = current(commands);
    VkResult status = gpu->vkEndCommandBuffer(buffer);
    if (status != VK_SUCCESS) return status;
    const uint64_t value = commands->submitted + 1;
    const VkTimelineSemaphoreSubmitInfo timeline = {
        .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
        .signalSemaphoreValueCount = 1,
        .pSignalSemaphoreValues = &value};
    const VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .pNext = &timeline,
        .commandBufferCount = 1,
        .pCommandBuffers = &buffer,
        .signalSemaphoreCount = 1,
        .pSignalSemaphores = &commands->timeline};
    pthread_mutex_lock(commands->queue->lock);
    status = gpu->vkQueueSubmit(commands->queue->queue, 1, &info, VK_NULL_HANDLE);
    pthread_mutex_unlock(commands->queue->lock);
    if (status != VK_SUCCESS) return status;
    commands->submitted = value;
    *number = value;
    return status;
}

int bora_commands_wait(bora_commands *commands, uint64_t number, uint64_t nanoseconds)
{
    const VkSemaphoreWaitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
        .semaphoreCount = 1,
        .pSemaphores = &commands->timeline,
        .pValues = &number};
    return commands->gpu->vkWaitSemaphores(commands->gpu->device, &info, nanoseconds);
}
