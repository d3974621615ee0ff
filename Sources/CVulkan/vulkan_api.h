// Vulkan's functions by name, loaded at run time, and the objects behind `CVulkan.h`.
#ifndef BORA_VULKAN_API_H
#define BORA_VULKAN_API_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#include <pthread.h>

#include "CVulkan.h"

#define BORA_INSTANCE_FUNCTIONS(X)             \
    X(vkDestroyInstance)                       \
    X(vkEnumeratePhysicalDevices)              \
    X(vkEnumerateDeviceExtensionProperties)    \
    X(vkGetPhysicalDeviceProperties2)          \
    X(vkGetPhysicalDeviceFeatures2)            \
    X(vkGetPhysicalDeviceMemoryProperties2)    \
    X(vkGetPhysicalDeviceQueueFamilyProperties)\
    X(vkCreateDevice)                          \
    X(vkGetDeviceProcAddr)

#define BORA_DEVICE_FUNCTIONS(X)     \
    X(vkDestroyDevice)               \
    X(vkGetDeviceQueue)              \
    X(vkQueueSubmit)                 \
    X(vkQueueWaitIdle)               \
    X(vkCreateBuffer)                \
    X(vkDestroyBuffer)               \
    X(vkGetBufferMemoryRequirements) \
    X(vkGetBufferDeviceAddress)      \
    X(vkAllocateMemory)              \
    X(vkFreeMemory)                  \
    X(vkBindBufferMemory)            \
    X(vkMapMemory)                   \
    X(vkCreateShaderModule)          \
    X(vkDestroyShaderModule)         \
    X(vkCreatePipelineLayout)        \
    X(vkDestroyPipelineLayout)       \
    X(vkCreateComputePipelines)      \
    X(vkDestroyPipeline)             \
    X(vkCreatePipelineCache)         \
    X(vkDestroyPipelineCache)        \
    X(vkGetPipelineCacheData)        \
    X(vkCreateCommandPool)           \
    X(vkDestroyCommandPool)          \
    X(vkAllocateCommandBuffers)      \
    X(vkBeginCommandBuffer)          \
    X(vkEndCommandBuffer)            \
    X(vkCmdBindPipeline)             \
    X(vkCmdPushConstants)            \
    X(vkCmdDispatch)                 \
    X(vkCmdPipelineBarrier)          \
    X(vkCmdCopyBuffer)               \
    X(vkCmdFillBuffer)               \
    X(vkCreateSemaphore)             \
    X(vkDestroySemaphore)            \
    X(vkWaitSemaphores)

#define BORA_MEMBER(name) PFN_##name name;

// VK_KHR_cooperative_matrix is younger than the headers that Debian 12 has.
#ifndef VK_KHR_cooperative_matrix
#define VK_KHR_cooperative_matrix 1
#define VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME "VK_KHR_cooperative_matrix"
enum {
    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR = 1000506000,
    VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR = 1000506001,
    VK_COMPONENT_TYPE_FLOAT16_KHR = 0,
    VK_COMPONENT_TYPE_FLOAT32_KHR = 1,
    VK_SCOPE_SUBGROUP_KHR = 3,
};
typedef struct {
    VkStructureType sType;
    void *pNext;
    VkBool32 cooperativeMatrix;
    VkBool32 cooperativeMatrixRobustBufferAccess;
} VkPhysicalDeviceCooperativeMatrixFeaturesKHR;
typedef struct {
    VkStructureType sType;
    void *pNext;
    uint32_t MSize, NSize, KSize;
    int32_t AType, BType, CType, ResultType;
    VkBool32 saturatingAccumulation;
    int32_t scope;
} VkCooperativeMatrixPropertiesKHR;
typedef VkResult (VKAPI_PTR *PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)(
    VkPhysicalDevice, uint32_t *, VkCooperativeMatrixPropertiesKHR *);
#endif

struct bora_vulkan {
    void *library;
    VkInstance instance;
    VkDebugUtilsMessengerEXT messenger;
    bora_vulkan_message message;
    PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr;
    PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR matrixProperties;
    BORA_INSTANCE_FUNCTIONS(BORA_MEMBER)
    VkPhysicalDevice *devices;
    uint32_t device_count;
};

/// A queue family, one queue of it, and the lock that submissions need.
typedef struct {
    uint32_t family;
    VkQueue queue;
    pthread_mutex_t *lock;
} bora_queue_state;

struct bora_gpu {
    VkDevice device;
    BORA_DEVICE_FUNCTIONS(BORA_MEMBER)
    VkPhysicalDeviceMemoryProperties memory;
    bora_queue_state compute, transfer;
    pthread_mutex_t locks[2];
    VkPipelineLayout layout;
    VkPipelineCache cache;
    bool has_subgroup_size_control;
};

/// The features that a device has and Bora turns on, as one chain of structures.
typedef struct {
    VkPhysicalDeviceFeatures2 core;
    VkPhysicalDeviceVulkan11Features v11;
    VkPhysicalDeviceVulkan12Features v12;
    VkPhysicalDeviceSubgroupSizeControlFeatures subgroups;
    VkPhysicalDeviceShaderIntegerDotProductFeatures dot;
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix;
} bora_features;

/// What of the optional extensions a device has.
typedef struct {
    bool subgroup_size_control, integer_dot, cooperative_matrix, memory_budget;
    bool sm_builtins, core_properties, maintenance4;
} bora_extensions;

bora_extensions bora_find_extensions(const bora_vulkan *vulkan, VkPhysicalDevice device);
/// Fills the chain with what the device has. The chain holds addresses of its own members.
void bora_find_features(
    const bora_vulkan *vulkan, VkPhysicalDevice device, bora_extensions extensions,
    bora_features *features);
/// The family of the compute queue, and of one made for copies alone (or the same).
bool bora_find_queues(
    const bora_vulkan *vulkan, VkPhysicalDevice device, uint32_t *compute, uint32_t *transfer);

#endif
