#include <stdlib.h>
#include <string.h>

#include "objects.h"

/// Turns on, of the features that the device has, those that Bora uses, and names their extensions.
static uint32_t choose_features(
    bora_features *features, bora_extensions found, const char *extensions[])
{
    const VkPhysicalDeviceVulkan12Features has = features->v12;
    uint32_t count = 0;
    if (found.subgroup_size_control)
        extensions[count++] = VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME;
    if (found.integer_dot)
        extensions[count++] = VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME;
    if (found.cooperative_matrix)
        extensions[count++] = VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME;
    features->matrix.cooperativeMatrixRobustBufferAccess = VK_FALSE;
    features->core.features = (VkPhysicalDeviceFeatures){
        .shaderInt16 = VK_TRUE, .shaderInt64 = VK_TRUE};
    features->v11 = (VkPhysicalDeviceVulkan11Features){
        .sType = features->v11.sType, .pNext = features->v11.pNext,
        .storageBuffer16BitAccess = VK_TRUE};
    features->v12 = (VkPhysicalDeviceVulkan12Features){
        .sType = has.sType, .pNext = has.pNext,
        .storageBuffer8BitAccess = VK_TRUE,
        .bufferDeviceAddress = VK_TRUE,
        .timelineSemaphore = VK_TRUE,
        .scalarBlockLayout = VK_TRUE,
        .shaderInt8 = VK_TRUE,
        .shaderFloat16 = has.shaderFloat16,
        .vulkanMemoryModel = has.vulkanMemoryModel,
        .vulkanMemoryModelDeviceScope = has.vulkanMemoryModelDeviceScope};
    return count;
}

static int make_device(bora_gpu *gpu, const bora_vulkan *vulkan, VkPhysicalDevice device)
{
    const bora_extensions found = bora_find_extensions(vulkan, device);
    bora_features features;
    bora_find_features(vulkan, device, found, &features);
    gpu->has_subgroup_size_control = features.subgroups.subgroupSizeControl;
    const char *extensions[3];
    const uint32_t count = choose_features(&features, found, extensions);
    const float priority = 1;
    const VkDeviceQueueCreateInfo queues[] = {
        {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
         .queueFamilyIndex = gpu->compute.family, .queueCount = 1,
         .pQueuePriorities = &priority},
        {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
         .queueFamilyIndex = gpu->transfer.family, .queueCount = 1,
         .pQueuePriorities = &priority},
    };
    const VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = &features.core,
        .queueCreateInfoCount = gpu->compute.family == gpu->transfer.family ? 1 : 2,
        .pQueueCreateInfos = queues,
        .enabledExtensionCount = count,
        .ppEnabledExtensionNames = extensions,
    };
    const VkResult result = vulkan->vkCreateDevice(device, &info, NULL, &gpu->device);
    if (result != VK_SUCCESS) return result;
#define LOAD(name)                                                                   \
    gpu->name = (PFN_##name)vulkan->vkGetDeviceProcAddr(gpu->device, #name);         \
    if (!gpu->name) return VK_ERROR_INITIALIZATION_FAILED;
    BORA_DEVICE_FUNCTIONS(LOAD)
#undef LOAD
    return VK_SUCCESS;
}

static int make_pipeline_objects(bora_gpu *gpu, const void *cache, size_t cache_bytes)
{
    const VkPushConstantRange range = {
        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = BORA_ARGUMENT_BYTES};
    const VkPipelineLayoutCreateInfo layout = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
        .pushConstantRangeCount = 1,
        .pPushConstantRanges = &range,
    };
    const VkResult result =
        gpu->vkCreatePipelineLayout(gpu->device, &layout, NULL, &gpu->layout);
    if (result != VK_SUCCESS) return result;
    VkPipelineCacheCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = cache ? cache_bytes : 0,
        .pInitialData = cache,
    };
    return gpu->vkCreatePipelineCache(gpu->device, &info, NULL, &gpu->cache);
}

int bora_gpu_make(
    const bora_vulkan *vulkan, int index, const void *cache, size_t cache_bytes,
    bora_gpu **result)
{
    bora_gpu *gpu = calloc(1, sizeof *gpu);
    if (!gpu) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkPhysicalDevice device = vulkan->devices[index];
    pthread_mutex_init(&gpu->locks[0], NULL);
    pthread_mutex_init(&gpu->locks[1], NULL);
    int status = VK_ERROR_FEATURE_NOT_PRESENT;
    if (bora_find_queues(vulkan, device, &gpu->compute.family, &gpu->transfer.family))
        status = make_device(gpu, vulkan, device);
    if (status == VK_SUCCESS) {
        gpu->vkGetDeviceQueue(gpu->device, gpu->compute.family, 0, &gpu->compute.queue);
        gpu->vkGetDeviceQueue(gpu->device, gpu->transfer.family, 0, &gpu->transfer.queue);
        gpu->compute.lock = &gpu->locks[0];
        gpu->transfer.lock =
            &gpu->locks[gpu->compute.family == gpu->transfer.family ? 0 : 1];
        VkPhysicalDeviceMemoryProperties2 memory = {
            .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2};
        vulkan->vkGetPhysicalDeviceMemoryProperties2(device, &memory);
        gpu->memory = memory.memoryProperties;
        status = make_pipeline_objects(gpu, cache, cache_bytes);
    }
    if (status != VK_SUCCESS) {
        bora_gpu_free(gpu);
        return status;
    }
    *result = gpu;
    return status;
}

void bora_gpu_free(bora_gpu *gpu)
{
    if (gpu->device && gpu->vkDestroyDevice) {
        if (gpu->cache) gpu->vkDestroyPipelineCache(gpu->device, gpu->cache, NULL);
        if (gpu->layout) gpu->vkDestroyPipelineLayout(gpu->device, gpu->layout, NULL);
        gpu->vkDestroyDevice(gpu->device, NULL);
    }
    pthread_mutex_destroy(&gpu->locks[0]);
    pthread_mutex_destroy(&gpu->locks[1]);
    free(gpu);
}

int bora_gpu_cache_read(bora_gpu *gpu, void *data, size_t *bytes)
{
    return gpu->vkGetPipelineCacheData(gpu->device, gpu->cache, bytes, data);
}

int bora_pipeline_make(
    bora_gpu *gpu, bora_shader_code shader, const uint32_t *constants, uint32_t count,
    uint32_t subgroup_size, bora_pipeline **result)
{
    enum { MAX_CONSTANTS = 32 };
    VkSpecializationMapEntry entries[MAX_CONSTANTS];
    if (count > MAX_CONSTANTS) return VK_ERROR_TOO_MANY_OBJECTS;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (VkSpecializationMapEntry){.constantID = i, .offset = 4 * i, .size = 4};
    const VkShaderModuleCreateInfo code = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = shader.bytes,
        .pCode = shader.words,
    };
    bora_pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkShaderModule module;
    VkResult status = gpu->vkCreateShaderModule(gpu->device, &code, NULL, &module);
    if (status == VK_SUCCESS) {
        const VkSpecializationInfo values = {
            .mapEntryCount = count, .pMapEntries = entries,
            .dataSize = 4 * count, .pData = constants};
        const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo size = {
            .sType =
                VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
            .requiredSubgroupSize = subgroup_size};
        const bool insists = subgroup_size && gpu->has_subgroup_size_control;
        const VkComputePipelineCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
            .stage = {
                .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                .pNext = insists ? &size : NULL,
                .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                .module = module,
                .pName = "main",
                .pSpecializationInfo = &values,
            },
            .layout = gpu->layout,
        };
        status = gpu->vkCreateComputePipelines(
            gpu->device, gpu->cache, 1, &info, NULL, &pipeline->pipeline);
        gpu->vkDestroyShaderModule(gpu->device, module, NULL);
    }
    if (status != VK_SUCCESS) {
        free(pipeline);
        return status;
    }
    *result = pipeline;
    return status;
}

void bora_pipeline_free(bora_gpu *gpu, bora_pipeline *pipeline)
{
    gpu->vkDestroyPipeline(gpu->device, pipeline->pipeline, NULL);
    free(pipeline);
}
