import BoraCPU
import BoraDeviceMapping
import BoraDevices
import BoraVulkan
import Testing

/// A device that goldens are run on.
enum ReferencePlace: Sendable, CustomTestStringConvertible {
    case cpu(threads: Int = 2, kernels: KernelSet = .fastest)
    case gpu(VulkanPhysicalDevice)

    /// Every GPU that may be used; a software one where `BORA_ALLOW_SOFTWARE_GPU` is 1.
    static let gpus = ((try? VulkanLibrary())?.devices.filter(\.isUsable) ?? []).map {
        ReferencePlace.gpu($0)
    }

    /// The CPU with each set of kernels that it can run.
    static let processors = KernelSet.available.map { ReferencePlace.cpu(kernels: $0) }

    static let all = processors + gpus

    var testDescription: String {
        switch self {
        case .cpu(_, let kernels): "cpu \(kernels.name)"
        case .gpu(let physical): physical.name
        }
    }

    func makeDevice(isExact: Bool) throws -> any Device {
        switch self {
        case .cpu(let threads, let kernels):
            try CPUDevice(threads: threads, isExact: isExact, kernels: kernels)
        case .gpu(let physical):
            try VulkanDevice(physical, id: .gpu(0), isExact: isExact)
        }
    }
}
