import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import Testing

/// A backend in one of its configurations, as the suites run it. A new backend is one more line of
/// `all`.
struct ConformanceBackend: Sendable, CustomTestStringConvertible {
    let name: String
    /// Whether weights are exact and activations f32.
    let isExact: Bool
    let makeDevice: @Sendable () throws -> any Device

    var testDescription: String { name }

    /// Relative error of a product of a row of rounded activations, as the quadratic mean over a
    /// tensor; exact ones differ by rounding of sums alone.
    var tolerance: Double { isExact ? 2e-6 : 8e-3 }

    static let all: [ConformanceBackend] = KernelSet.available.flatMap { kernels in
        [true, false].flatMap { isExact in
            [1, 2].map { threads in
                cpu(kernels, threads: threads, isExact: isExact)
            }
        }
    }

    private static func cpu(
        _ kernels: KernelSet, threads: Int, isExact: Bool
    ) -> ConformanceBackend {
        ConformanceBackend(
            name: "cpu \(kernels.name) \(isExact ? "f32" : "auto") on \(threads)",
            isExact: isExact
        ) {
            try CPUDevice(threads: threads, isExact: isExact, kernels: kernels)
        }
    }
}
