import CVulkan
import Glibc
import Synchronization

/// The Vulkan library of this machine, opened at run time. Having none, or no driver, is a normal
/// answer.
@safe package final class VulkanLibrary: Sendable {
    /// Why there are no GPUs to be had.
    package enum Absence: Error, Equatable, CustomStringConvertible {
        case noLibrary
        case noDriver
        case noValidation

        package var description: String {
            switch self {
            case .noLibrary:
                "no Vulkan library (libvulkan.so.1) is installed; GPUs need one and a driver"
            case .noDriver:
                "the Vulkan library has no driver of version 1.2 or later"
            case .noValidation:
                "BORA_VULKAN_VALIDATION is set, and the layer VK_LAYER_KHRONOS_validation is not "
                    + "installed"
            }
        }
    }

    /// The one that a program uses, never closed: drivers leave destructors of thread-local data
    /// behind, which run when a thread ends, and closing the last instance unloads their code.
    package static let shared = Result { () throws(Absence) in try VulkanLibrary() }

    /// What the validation layers have said in this process; empty where they are not on.
    package static var validationMessages: [String] { messages.withLock { $0 } }

    private static let messages = Mutex<[String]>([])
    private nonisolated(unsafe) let vulkan: OpaquePointer

    /// - Parameter validates: turns on the validation layers, synchronization included; by default
    ///   where the environment variable `BORA_VULKAN_VALIDATION` is 1.
    package init(validates: Bool = VulkanLibrary.isSet("BORA_VULKAN_VALIDATION")) throws(Absence) {
        var result: OpaquePointer?
        let status = unsafe bora_vulkan_make(
            validates,
            { text in
                guard let text = unsafe text else { return }
                let message = unsafe String(cString: text)
                VulkanLibrary.messages.withLock { $0.append(message) }
            }, &result)
        switch status {
        case BORA_VULKAN_READY: unsafe vulkan = result!
        case BORA_VULKAN_NO_LIBRARY: throw .noLibrary
        case BORA_VULKAN_NO_VALIDATION: throw .noValidation
        default: throw .noDriver
        }
    }

    deinit { unsafe bora_vulkan_free(vulkan) }

    /// Every device that a driver offers, those that Bora cannot or will not use included.
    package var devices: [VulkanPhysicalDevice] {
        (0..<Int(unsafe bora_vulkan_device_count(vulkan))).map {
            VulkanPhysicalDevice(self, index: $0)
        }
    }

    /// Through what Linux's drivers reach a GPU: DRM, NVIDIA, Tegra, WSL, Adreno and Mali.
    package static let deviceNodes = [
        "/dev/dri", "/dev/nvidiactl", "/dev/nvhost-gpu", "/dev/nvgpu", "/dev/dxg",
        "/dev/kgsl-3d0", "/dev/mali0",
    ]

    /// Whether any but a software device can be there: asking the drivers, which are large, for
    /// nothing takes 0.02 s and 58 MiB.
    package static var hasDeviceNodes: Bool {
        deviceNodes.contains { unsafe access($0, F_OK) == 0 }
    }

    /// Whether an environment variable is 1.
    package static func isSet(_ variable: String) -> Bool {
        guard let value = unsafe getenv(variable) else { return false }
        return unsafe String(cString: value) == "1"
    }

    // MARK: What a device is and has

    func facts(ofDevice index: Int) -> bora_gpu_facts {
        var facts = bora_gpu_facts()
        unsafe bora_gpu_describe(vulkan, Int32(index), &facts)
        return facts
    }

    func memory(ofDevice index: Int) -> bora_gpu_memory {
        var memory = bora_gpu_memory()
        unsafe bora_gpu_measure_memory(vulkan, Int32(index), &memory)
        return memory
    }

    /// Opens a device. `pipelines` is what an earlier run with the same driver compiled.
    func open(device index: Int, pipelines: [UInt8]) throws(VulkanError) -> OpaquePointer {
        var result: OpaquePointer?
        try VulkanError.check(
            unsafe bora_gpu_make(vulkan, Int32(index), pipelines, pipelines.count, &result))
        return unsafe result!
    }
}

/// What a call of Vulkan returned instead of success.
struct VulkanError: Error, Equatable, CustomStringConvertible {
    private static let outOfHostMemory: Int32 = -1
    private static let outOfDeviceMemory: Int32 = -2

    let code: Int32
    /// Where memory was asked for: how much.
    var bytes = 0

    static let deviceLost = VulkanError(code: -4)

    static func check(_ code: Int32, askingFor bytes: Int = 0) throws(VulkanError) {
        guard code == 0 else { throw VulkanError(code: code, bytes: bytes) }
    }

    var isOutOfMemory: Bool { [Self.outOfHostMemory, Self.outOfDeviceMemory].contains(code) }

    var description: String { unsafe String(cString: bora_result_name(code)) }
}
