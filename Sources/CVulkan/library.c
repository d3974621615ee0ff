#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan_api.h"

#define VALIDATION_LAYER "VK_LAYER_KHRONOS_validation"

static VKAPI_ATTR VkBool32 VKAPI_CALL report(
    VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT type,
    const VkDebugUtilsMessengerCallbackDataEXT *data, void *user)
{
    (void)severity;
    (void)type;
    ((bora_vulkan *)user)->message(data->pMessage);
    return VK_FALSE;
}

static bool has_validation_layer(const bora_vulkan *vulkan)
{
    PFN_vkEnumerateInstanceLayerProperties enumerate =
        (PFN_vkEnumerateInstanceLayerProperties)vulkan->vkGetInstanceProcAddr(
            NULL, "vkEnumerateInstanceLayerProperties");
    uint32_t count = 0;
    if (!enumerate || enumerate(&count, NULL) != VK_SUCCESS || count == 0) return false;
    VkLayerProperties *layers = calloc(count, sizeof *layers);
    bool found = false;
    if (layers && enumerate(&count, layers) >= 0) {
        for (uint32_t i = 0; i < count; i++)
            found |= strcmp(layers[i].layerName, VALIDATION_LAYER) == 0;
    }
    free(layers);
    return found;
}

static bool make_instance(bora_vulkan *vulkan, bool validation)
{
    PFN_vkCreateInstance create =
        (PFN_vkCreateInstance)vulkan->vkGetInstanceProcAddr(NULL, "vkCreateInstance");
    PFN_vkEnumerateInstanceVersion version =
        (PFN_vkEnumerateInstanceVersion)vulkan->vkGetInstanceProcAddr(
            NULL, "vkEnumerateInstanceVersion");
    uint32_t api = 0;
    if (!create || !version || version(&api) != VK_SUCCESS || api < VK_API_VERSION_1_2)
        return false;

    const VkValidationFeatureEnableEXT enables[] = {
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT,
    };
    VkValidationFeaturesEXT features = {
        .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
        .enabledValidationFeatureCount = 1,
        .pEnabledValidationFeatures = enables,
    };
    VkDebugUtilsMessengerCreateInfoEXT messenger = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .pNext = &features,
        .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT
            | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT
            | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT,
        .pfnUserCallback = report,
        .pUserData = vulkan,
    };
    const char *const layers[] = {VALIDATION_LAYER};
    const char *const extensions[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME};
    const VkApplicationInfo application = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pApplicationName = "bora",
        .pEngineName = "bora",
        .apiVersion = api < VK_API_VERSION_1_3 ? VK_API_VERSION_1_2 : VK_API_VERSION_1_3,
    };
    const VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = validation ? &messenger : NULL,
        .pApplicationInfo = &application,
        .enabledLayerCount = validation,
        .ppEnabledLayerNames = layers,
        .enabledExtensionCount = validation,
        .ppEnabledExtensionNames = extensions,
    };
    if (create(&info, NULL, &vulkan->instance) != VK_SUCCESS) return false;

#define LOAD(name)                                                              \
    vulkan->name = (PFN_##name)vulkan->vkGetInstanceProcAddr(vulkan->instance, #name); \
    if (!vulkan->name) return false;
    BORA_INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
    vulkan->matrixProperties =
        (PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)vulkan->vkGetInstanceProcAddr(
            vulkan->instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
    if (validation) {
        PFN_vkCreateDebugUtilsMessengerEXT listen =
            (PFN_vkCreateDebugUtilsMessengerEXT)vulkan->vkGetInstanceProcAddr(
                vulkan->instance, "vkCreateDebugUtilsMessengerEXT");
        messenger.pNext = NULL;
        if (!listen
            || listen(vulkan->instance, &messenger, NULL, &vulkan->messenger) != VK_SUCCESS)
            return false;
    }
    return true;
}

static bool list_devices(bora_vulkan *vulkan)
{
    uint32_t count = 0;
    if (vulkan->vkEnumeratePhysicalDevices(vulkan->instance, &count, NULL) != VK_SUCCESS)
        return false;
    vulkan->devices = calloc(count ? count : 1, sizeof *vulkan->devices);
    if (!vulkan->devices) return false;
    if (vulkan->vkEnumeratePhysicalDevices(vulkan->instance, &count, vulkan->devices) < 0)
        return false;
    vulkan->device_count = count;
    return true;
}

bora_vulkan_status bora_vulkan_make(
    bool validation, bora_vulkan_message message, bora_vulkan **result)
{
    void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libvulkan.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) return BORA_VULKAN_NO_LIBRARY;
    bora_vulkan *vulkan = calloc(1, sizeof *vulkan);
    if (!vulkan) {
        dlclose(library);
        return BORA_VULKAN_NO_INSTANCE;
    }
    vulkan->library = library;
    vulkan->message = message;
    vulkan->vkGetInstanceProcAddr =
        (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr");
    bora_vulkan_status status = BORA_VULKAN_NO_INSTANCE;
    if (vulkan->vkGetInstanceProcAddr) {
        if (validation && !has_validation_layer(vulkan))
            status = BORA_VULKAN_NO_VALIDATION;
        else if (make_instance(vulkan, validation) && list_devices(vulkan))
            status = BORA_VULKAN_READY;
    }
    if (status != BORA_VULKAN_READY) {
        bora_vulkan_free(vulkan);
        return status;
    }
    *result = vulkan;
    return status;
}

void bora_vulkan_free(bora_vulkan *vulkan)
{
    if (vulkan->messenger) {
        PFN_vkDestroyDebugUtilsMessengerEXT stop =
            (PFN_vkDestroyDebugUtilsMessengerEXT)vulkan->vkGetInstanceProcAddr(
                vulkan->instance, "vkDestroyDebugUtilsMessengerEXT");
        if (stop) stop(vulkan->instance, vulkan->messenger, NULL);
    }
    if (vulkan->instance && vulkan->vkDestroyInstance)
        vulkan->vkDestroyInstance(vulkan->instance, NULL);
    free(vulkan->devices);
    dlclose(vulkan->library);
    free(vulkan);
}

int bora_vulkan_device_count(const bora_vulkan *vulkan) { return (int)vulkan->device_count; }

const char *bora_result_name(int result)
{
    switch (result) {
    case VK_SUCCESS: return "VK_SUCCESS";
    case VK_NOT_READY: return "VK_NOT_READY";
    case VK_TIMEOUT: return "VK_TIMEOUT";
    case VK_ERROR_OUT_OF_HOST_MEMORY: return "VK_ERROR_OUT_OF_HOST_MEMORY";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "VK_ERROR_OUT_OF_DEVICE_MEMORY";
    case VK_ERROR_INITIALIZATION_FAILED: return "VK_ERROR_INITIALIZATION_FAILED";
    case VK_ERROR_DEVICE_LOST: return "VK_ERROR_DEVICE_LOST";
    case VK_ERROR_MEMORY_MAP_FAILED: return "VK_ERROR_MEMORY_MAP_FAILED";
    case VK_ERROR_EXTENSION_NOT_PRESENT: return "VK_ERROR_EXTENSION_NOT_PRESENT";
    case VK_ERROR_FEATURE_NOT_PRESENT: return "VK_ERROR_FEATURE_NOT_PRESENT";
    case VK_ERROR_TOO_MANY_OBJECTS: return "VK_ERROR_TOO_MANY_OBJECTS";
    case VK_ERROR_INVALID_SHADER_NV: return "VK_ERROR_INVALID_SHADER_NV";
    case VK_ERROR_UNKNOWN: return "VK_ERROR_UNKNOWN";
    default: return "an unknown VkResult";
    }
}
