// A coarse layer over the Vulkan API: what the GPU backend needs of it and nothing more. The
// library is opened at run time, so a program that links this starts where there is no Vulkan.
//
// Functions return a VkResult as an int, 0 for success, unless they say otherwise. Objects are made
// by `…_make` and given up by `…_free`; nothing here has a lock: an object belongs to one thread at
// a time, except `bora_gpu`, whose queues are locked by `bora_submit`.
#ifndef BORA_CVULKAN_H
#define BORA_CVULKAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaders.h"

enum {
    BORA_UUID_BYTES = 16,
    BORA_MAX_MATRIX_SHAPES = 8,
    /// Bytes of push constants that every device takes.
    BORA_ARGUMENT_BYTES = 128,
};

// MARK: Library

typedef struct bora_vulkan bora_vulkan;

typedef enum {
    BORA_VULKAN_READY = 0,
    /// No libvulkan on this machine.
    BORA_VULKAN_NO_LIBRARY,
    /// The library is older than Vulkan 1.2, or has no driver that can make an instance.
    BORA_VULKAN_NO_INSTANCE,
    /// Validation was asked for, and its layer is not installed.
    BORA_VULKAN_NO_VALIDATION,
} bora_vulkan_status;

/// Called with each message of the validation layers, from any thread.
typedef void (*bora_vulkan_message)(const char *text);

bora_vulkan_status bora_vulkan_make(
    bool validation, bora_vulkan_message message, bora_vulkan **result);
void bora_vulkan_free(bora_vulkan *vulkan);
int bora_vulkan_device_count(const bora_vulkan *vulkan);

// MARK: What a device is

typedef enum {
    BORA_GPU_OTHER,
    BORA_GPU_INTEGRATED,
    BORA_GPU_DISCRETE,
    BORA_GPU_VIRTUAL,
    BORA_GPU_SOFTWARE,
} bora_gpu_type;

typedef struct {
    uint32_t m, n, k;
} bora_matrix_shape;

typedef struct {
    char name[256];
    char driver[256];
    char driver_info[256];
    uint8_t device_uuid[BORA_UUID_BYTES];
    uint8_t driver_uuid[BORA_UUID_BYTES];
    uint32_t api_version, driver_version;
    bora_gpu_type type;
    /// What keeps Bora from using it; empty when nothing does.
    char missing[256];
    uint32_t subgroup_size, min_subgroup_size, max_subgroup_size;
    uint32_t shared_bytes, max_group_size, compute_units;
    uint64_t max_allocation_bytes;
    bool has_float16, has_integer_dot, has_fast_integer_dot;
    bool has_memory_budget, has_transfer_queue;
    uint32_t matrix_shape_count;
    bora_matrix_shape matrix_shapes[BORA_MAX_MATRIX_SHAPES];
} bora_gpu_facts;

void bora_gpu_describe(const bora_vulkan *vulkan, int index, bora_gpu_facts *facts);

typedef struct {
    uint64_t total_bytes, available_bytes;
    /// What this process uses, the driver's own objects for it included; with a budget only.
    uint64_t used_bytes;
    /// Whether `available_bytes` is the driver's budget; else it is the whole heap.
    bool is_budget;
} bora_gpu_memory;

/// The device-local heap as it is now.
void bora_gpu_measure_memory(const bora_vulkan *vulkan, int index, bora_gpu_memory *memory);

// MARK: Device

typedef struct bora_gpu bora_gpu;

/// - cache: what `bora_gpu_cache_read` gave an earlier run with the same driver, or NULL.
int bora_gpu_make(
    const bora_vulkan *vulkan, int index, const void *cache, size_t cache_bytes,
    bora_gpu **result);
void bora_gpu_free(bora_gpu *gpu);

/// Bytes of the compiled pipelines; `data` may be NULL to learn how many.
int bora_gpu_cache_read(bora_gpu *gpu, void *data, size_t *bytes);

// MARK: Memory

typedef enum {
    /// The device's own memory.
    BORA_MEMORY_DEVICE,
    /// Pinned host memory that the host writes and the device reads.
    BORA_MEMORY_UPLOAD,
    /// Pinned host memory that the device writes and the host reads.
    BORA_MEMORY_READBACK,
} bora_memory_kind;

typedef struct bora_buffer bora_buffer;

int bora_buffer_make(
    bora_gpu *gpu, uint64_t bytes, bora_memory_kind kind, bora_buffer **result);
void bora_buffer_free(bora_gpu *gpu, bora_buffer *buffer);
uint64_t bora_buffer_address(const bora_buffer *buffer);
/// The host's address of upload and readback memory; NULL for the device's own.
void *bora_buffer_mapped(const bora_buffer *buffer);

// MARK: Pipelines

typedef struct bora_pipeline bora_pipeline;

/// - constants: values of the specialization constants 0, 1, 2, …
/// - subgroup_size: a size to insist on, or 0.
int bora_pipeline_make(
    bora_gpu *gpu, bora_shader_code shader, const uint32_t *constants, uint32_t count,
    uint32_t subgroup_size, bora_pipeline **result);
void bora_pipeline_free(bora_gpu *gpu, bora_pipeline *pipeline);

// MARK: Commands

typedef struct bora_commands bora_commands;

typedef enum {
    BORA_QUEUE_COMPUTE,
    /// The queue made for copies where there is one, else the compute queue.
    BORA_QUEUE_TRANSFER,
} bora_queue;

/// Commands with a timeline of their own: each submission gets the next number, from 1.
int bora_commands_make(bora_gpu *gpu, bora_queue queue, bora_commands **result);
/// Only when nothing submitted is under way.
void bora_commands_free(bora_commands *commands);

int bora_commands_begin(bora_commands *commands);
void bora_record_dispatch(
    bora_commands *commands, const bora_pipeline *pipeline, const void *arguments,
    uint32_t bytes, uint32_t x, uint32_t y, uint32_t z);
/// All before it is finished, and seen by all after it.
void bora_record_barrier(bora_commands *commands);
/// What was written is seen by the host once the submission is done.
void bora_record_host_barrier(bora_commands *commands);
void bora_record_copy(
    bora_commands *commands, const bora_buffer *source, uint64_t source_offset,
    const bora_buffer *target, uint64_t target_offset, uint64_t bytes);
/// Offset and bytes are multiples of 4.
void bora_record_fill(
    bora_commands *commands, const bora_buffer *buffer, uint64_t offset, uint64_t bytes,
    uint32_t value);

/// Ends the recording and queues it; `number` is the submission's place on the timeline. A further
/// recording may begin at once, up to `BORA_RECORDINGS` at a time; then it waits for the oldest.
int bora_submit(bora_commands *commands, uint64_t *number);
/// VK_TIMEOUT (2) when the submission is not done after so many nanoseconds.
int bora_commands_wait(bora_commands *commands, uint64_t number, uint64_t nanoseconds);

enum { BORA_RECORDINGS = 16 };

/// The name of a VkResult: "VK_ERROR_DEVICE_LOST".
const char *bora_result_name(int result);

#include "shaders.h"

#endif
