import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraVulkan
import Testing

/// A backend in one of its configurations, as the suites run it. A new backend is one more line of
/// `all`.
struct ConformanceBackend: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether weights are exact and activations f32.
    let isExact: Bool
    /// Whether a row's result has the same bits whatever rows are computed with it. Where it has
    /// not, activations may be rounded for plain weights too, when there are many rows.
    let isRowInvariant: Bool
    /// Relative error of attention besides what the cache's type costs: that of sums in f32, or
    /// that of rounding to f16, which is about 2⁻¹² in the quadratic mean, for queries, for weights
    /// and, in q8_0, for products of a byte and its scale. As errors add up in squares, their sum
    /// stays below 2⁻¹¹.
    var attentionTolerance = 1e-6
    let makeDevice: @Sendable () throws -> any Device

    var testDescription: String { name }

    /// Relative error of products of rounded activations, as the quadratic mean over a tensor;
    /// exact ones differ by rounding of sums alone. Few numbers may be off by more than many are.
    /// Activations are rounded to bf16 for weights of BF16, and for quantized ones to steps of at
    /// most a 64th of the largest of 32, which is some 2.2 times their quadratic mean: rounding to
    /// steps of 1 is off by 1 / √12 in the mean, so these by up to 2.2 / 64 / √12 = 1 %.
    func tolerance(of type: ElementType) -> Double {
        if isExact || !type.isQuantized && type != .bf16 && isRowInvariant { return 2e-6 }
        return type.isQuantized ? 1.5e-2 : 1e-2
    }

    static let all = processors + (gpus ?? [])

    private static let processors = KernelSet.available.flatMap { kernels in
        [true, false].flatMap { isExact in
            [1, 2].map { threads in
                cpu(kernels, threads: threads, isExact: isExact)
            }
        }
    }

    /// Every GPU that may be used; a software one where `BORA_ALLOW_SOFTWARE_GPU` is 1.
    private static let gpus = (try? VulkanLibrary())?.devices.filter(\.isUsable).flatMap { gpu in
        [true, false].map { isExact in
            ConformanceBackend(
                name: "\(gpu.name) \(isExact ? "f32" : "auto")", isExact: isExact,
                isRowInvariant: false,
                attentionTolerance: isExact || gpu.traits.matrixShapes.isEmpty ? 1e-6 : 0x1p-11
            ) {
                try VulkanDevice(gpu, id: .gpu(0), isExact: isExact)
            }
        } + variants(of: gpu) + [
            // Arenas in as many pieces as their contents allow.
            ConformanceBackend(
                name: "\(gpu.name) in pieces", isExact: true, isRowInvariant: false
            ) {
                try VulkanDevice(
                    gpu, id: .gpu(0), isExact: true, traits: gpu.traits, allocationLimit: 4096)
            }
        ]
    }

    /// What the GPU can do and may not choose, because it has something faster.
    private static func variants(of gpu: VulkanPhysicalDevice) -> [ConformanceBackend] {
        let variants: [(String, String, WritableKeyPath<DeviceTraits, Bool>)] = [
            ("halves", "float16 arithmetic", \.hasFloat16),
            ("integers", "integer dot products", \.hasIntegerDot),
        ]
        return variants.filter { _, feature, _ in
            gpu.features.contains { $0.name == feature && $0.value != "no" }
        }.map { name, _, trait in
            var traits = gpu.traits.withoutVariants
            traits[keyPath: trait] = true
            return ConformanceBackend(
                name: "\(gpu.name) \(name)", isExact: false, isRowInvariant: false
            ) { [traits] in
                try VulkanDevice(
                    gpu, id: .gpu(0), isExact: false, traits: traits,
                    allocationLimit: gpu.maxAllocationBytes)
            }
        }
    }

    private static func cpu(
        _ kernels: KernelSet, threads: Int, isExact: Bool
    ) -> ConformanceBackend {
        ConformanceBackend(
            name: "cpu \(kernels.name) \(isExact ? "f32" : "auto") on \(threads)",
            isExact: isExact, isRowInvariant: true
        ) {
            try CPUDevice(threads: threads, isExact: isExact, kernels: kernels)
        }
    }
}
