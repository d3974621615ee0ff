#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan_api.h"

static bool is_named(const VkExtensionProperties *extension, const char *name)
{
    return strcmp(extension->extensionName, name) == 0;
}

bora_extensions bora_find_extensions(const bora_vulkan *vulkan, VkPhysicalDevice device)
{
    bora_extensions found = {0};
    uint32_t count = 0;
    if (vulkan->vkEnumerateDeviceExtensionProperties(device, NULL, &count, NULL) != VK_SUCCESS)
        return found;
    VkExtensionProperties *all = calloc(count ? count : 1, sizeof *all);
    if (all && vulkan->vkEnumerateDeviceExtensionProperties(device, NULL, &count, all) >= 0) {
        for (uint32_t i = 0; i < count; i++) {
            const VkExtensionProperties *e = &all[i];
            found.subgroup_size_control |=
                is_named(e, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
            found.integer_dot |= is_named(e, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME);
            found.cooperative_matrix |=
                is_named(e, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME);
            found.memory_budget |= is_named(e, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
            found.sm_builtins |= is_named(e, VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME);
            found.maintenance4 |= is_named(e, VK_KHR_MAINTENANCE_4_EXTENSION_NAME);
            found.core_properties |= is_named(e, VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME);
        }
    }
    free(all);
    return found;
}

void bora_find_features(
    const bora_vulkan *vulkan, VkPhysicalDevice device, bora_extensions extensions,
    bora_features *features)
{
    *features = (bora_features){
        .core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
        .v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
        .v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
        .subgroups.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES,
        .dot.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES,
        .matrix.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR,
    };
    features->core.pNext = &features->v11;
    features->v11.pNext = &features->v12;
    void **next = &features->v12.pNext;
    if (extensions.subgroup_size_control) {
        *next = &features->subgroups;
        next = &features->subgroups.pNext;
    }
    if (extensions.integer_dot) {
        *next = &features->dot;
        next = &features->dot.pNext;
    }
    if (extensions.cooperative_matrix) *next = &features->matrix;
    vulkan->vkGetPhysicalDeviceFeatures2(device, &features->core);
}

bool bora_find_queues(
    const bora_vulkan *vulkan, VkPhysicalDevice device, uint32_t *compute, uint32_t *transfer)
{
    VkQueueFamilyProperties families[32];
    uint32_t count = 32;
    vulkan->vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families);
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++) {
        if (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) {
            *compute = *transfer = i;
            found = true;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const VkQueueFlags flags = families[i].queueFlags;
        if ((flags & VK_QUEUE_TRANSFER_BIT)
            && !(flags & (VK_QUEUE_COMPUTE_BIT | VK_QUEUE_GRAPHICS_BIT))) {
            *transfer = i;
            break;
        }
    }
    return found;
}

static bora_gpu_type type_of(VkPhysicalDeviceType type)
{
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return BORA_GPU_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return BORA_GPU_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return BORA_GPU_VIRTUAL;
    case VK_PHYSICAL_DEVICE_TYPE_CPU: return BORA_GPU_SOFTWARE;
    default: return BORA_GPU_OTHER;
    }
}

/// The first thing that Bora requires and the device lacks.
static const char *what_is_missing(
    const bora_vulkan *vulkan, VkPhysicalDevice device, const VkPhysicalDeviceProperties *has,
    const bora_features *features)
{
    uint32_t compute, transfer;
    if (has->apiVersion < VK_API_VERSION_1_2) return "Vulkan 1.2";
    if (!bora_find_queues(vulkan, device, &compute, &transfer)) return "compute queues";
    if (!features->v12.bufferDeviceAddress) return "bufferDeviceAddress";
    if (!features->v12.timelineSemaphore) return "timelineSemaphore";
    if (!features->v12.storageBuffer8BitAccess) return "storageBuffer8BitAccess";
    if (!features->v11.storageBuffer16BitAccess) return "storageBuffer16BitAccess";
    if (!features->v12.shaderInt8) return "shaderInt8";
    if (!features->core.features.shaderInt16) return "shaderInt16";
    if (!features->core.features.shaderInt64) return "shaderInt64";
    if (!features->v12.scalarBlockLayout) return "scalarBlockLayout";
    // What the kernels take that every device runs (`matmul`, `attend`, `normalize`).
    if (has->limits.maxComputeSharedMemorySize < 32 << 10) return "32 KiB of shared memory";
    if (has->limits.maxComputeWorkGroupInvocations < 256
        || has->limits.maxComputeWorkGroupSize[0] < 256)
        return "workgroups of 256 invocations";
    return "";
}

/// Shapes that multiply f16 by f16 and add up in f32 within a subgroup.
static void find_matrix_shapes(
    const bora_vulkan *vulkan, VkPhysicalDevice device, bora_gpu_facts *facts)
{
    VkCooperativeMatrixPropertiesKHR all[64];
    for (int i = 0; i < 64; i++)
        all[i] = (VkCooperativeMatrixPropertiesKHR){
            .sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR};
    uint32_t count = 64;
    if (!vulkan->matrixProperties || vulkan->matrixProperties(device, &count, all) < 0) return;
    for (uint32_t i = 0; i < count; i++) {
        const VkCooperativeMatrixPropertiesKHR *p = &all[i];
        if (p->AType != VK_COMPONENT_TYPE_FLOAT16_KHR || p->BType != p->AType
            || p->CType != VK_COMPONENT_TYPE_FLOAT32_KHR || p->ResultType != p->CType
            || p->scope != VK_SCOPE_SUBGROUP_KHR)
            continue;
        if (facts->matrix_shape_count == BORA_MAX_MATRIX_SHAPES) break;
        facts->matrix_shapes[facts->matrix_shape_count++] =
            (bora_matrix_shape){p->MSize, p->NSize, p->KSize};
    }
}

static void copy_text(char target[256], const char *text) { snprintf(target, 256, "%s", text); }

/// The properties that Bora reads, as one chain of structures.
typedef struct {
    VkPhysicalDeviceProperties2 core;
    VkPhysicalDeviceIDProperties id;
    VkPhysicalDeviceSubgroupProperties subgroup;
    VkPhysicalDeviceDriverProperties driver;
    VkPhysicalDeviceMaintenance3Properties limits;
    VkPhysicalDeviceMaintenance4Properties buffers;
    VkPhysicalDeviceShaderSMBuiltinsPropertiesNV sm;
    VkPhysicalDeviceShaderCorePropertiesAMD cores;
    VkPhysicalDeviceShaderIntegerDotProductProperties dot;
    VkPhysicalDeviceSubgroupSizeControlProperties sizes;
} properties;

static void find_properties(
    const bora_vulkan *vulkan, VkPhysicalDevice device, bora_extensions found, properties *p)
{
    *p = (properties){
        .core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .id.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES,
        .subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES,
        .driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
        .limits.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES,
        .buffers.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES,
        .sm.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV,
        .cores.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD,
        .dot.sType =
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES,
        .sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES,
    };
    p->core.pNext = &p->id;
    p->id.pNext = &p->subgroup;
    p->subgroup.pNext = &p->driver;
    p->driver.pNext = &p->limits;
    void **next = &p->limits.pNext;
    if (found.maintenance4) { *next = &p->buffers; next = &p->buffers.pNext; }
    if (found.sm_builtins) { *next = &p->sm; next = &p->sm.pNext; }
    if (found.core_properties) { *next = &p->cores; next = &p->cores.pNext; }
    if (found.integer_dot) { *next = &p->dot; next = &p->dot.pNext; }
    if (found.subgroup_size_control) *next = &p->sizes;
    vulkan->vkGetPhysicalDeviceProperties2(device, &p->core);
}

static uint32_t compute_units(const properties *p)
{
    if (p->sm.shaderSMCount) return p->sm.shaderSMCount;
    return p->cores.shaderEngineCount * p->cores.shaderArraysPerEngineCount
        * p->cores.computeUnitsPerShaderArray;
}

/// The largest buffer with memory of its own.
static uint64_t max_allocation(const properties *p)
{
    const uint64_t memory = p->limits.maxMemoryAllocationSize;
    const uint64_t buffer = p->buffers.maxBufferSize;
    return buffer && buffer < memory ? buffer : memory;
}

void bora_gpu_describe(const bora_vulkan *vulkan, int index, bora_gpu_facts *facts)
{
    VkPhysicalDevice device = vulkan->devices[index];
    const bora_extensions found = bora_find_extensions(vulkan, device);
    bora_features features;
    bora_find_features(vulkan, device, found, &features);
    properties all;
    find_properties(vulkan, device, found, &all);
    const VkPhysicalDeviceProperties *p = &all.core.properties;
    const uint32_t subgroup = all.subgroup.subgroupSize;
    const bool sizes = features.subgroups.subgroupSizeControl
        && (all.sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT);
    *facts = (bora_gpu_facts){
        .api_version = p->apiVersion,
        .driver_version = p->driverVersion,
        .type = type_of(p->deviceType),
        .subgroup_size = subgroup,
        .min_subgroup_size = sizes ? all.sizes.minSubgroupSize : subgroup,
        .max_subgroup_size = sizes ? all.sizes.maxSubgroupSize : subgroup,
        .shared_bytes = p->limits.maxComputeSharedMemorySize,
        .max_group_size = p->limits.maxComputeWorkGroupInvocations,
        .compute_units = compute_units(&all),
        .max_allocation_bytes = max_allocation(&all),
        .has_float16 = features.v12.shaderFloat16,
        .has_integer_dot = features.dot.shaderIntegerDotProduct,
        .has_fast_integer_dot = features.dot.shaderIntegerDotProduct
            && all.dot.integerDotProduct4x8BitPackedSignedAccelerated,
        .has_memory_budget = found.memory_budget,
    };
    copy_text(facts->name, p->deviceName);
    copy_text(facts->driver, all.driver.driverName);
    copy_text(facts->driver_info, all.driver.driverInfo);
    memcpy(facts->device_uuid, all.id.deviceUUID, BORA_UUID_BYTES);
    memcpy(facts->driver_uuid, all.id.driverUUID, BORA_UUID_BYTES);
    copy_text(facts->missing, what_is_missing(vulkan, device, p, &features));
    uint32_t compute = 0, transfer = 0;
    bora_find_queues(vulkan, device, &compute, &transfer);
    facts->has_transfer_queue = compute != transfer;
    if (features.matrix.cooperativeMatrix && features.v12.vulkanMemoryModel
        && features.v12.shaderFloat16)
        find_matrix_shapes(vulkan, device, facts);
}

void bora_gpu_measure_memory(const bora_vulkan *vulkan, int index, bora_gpu_memory *memory)
{
    VkPhysicalDevice device = vulkan->devices[index];
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    const bool has_budget = bora_find_extensions(vulkan, device).memory_budget;
    VkPhysicalDeviceMemoryProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2,
        .pNext = has_budget ? &budget : NULL};
    vulkan->vkGetPhysicalDeviceMemoryProperties2(device, &properties);
    const VkPhysicalDeviceMemoryProperties *heaps = &properties.memoryProperties;
    *memory = (bora_gpu_memory){.is_budget = has_budget};
    for (uint32_t i = 0; i < heaps->memoryHeapCount; i++) {
        // A small device-local heap beside the large one is a window for the host.
        const uint64_t size = heaps->memoryHeaps[i].size;
        if (!(heaps->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
            || size <= memory->total_bytes)
            continue;
        memory->total_bytes = size;
        memory->available_bytes = size;
        if (!has_budget) continue;
        memory->used_bytes = budget.heapUsage[i];
        memory->available_bytes = budget.heapBudget[i] > budget.heapUsage[i]
            ? budget.heapBudget[i] - budget.heapUsage[i] : 0;
    }
}
