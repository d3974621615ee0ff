import BoraModels
import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices

/// The fastest that a model could run on this machine: generation reads every weight and the cache
/// once per step, a prompt does two operations per weight and token. What the CPU's memory and
/// arithmetic can do is measured anew for each answer, in milliseconds; a GPU's limit is the best
/// that any of its kernels was measured to do.
struct SpeedLimits {
    private let plan: ModelPlan
    /// nil where the CPU has no part.
    private let meter: SpeedMeter?

    init(_ plan: ModelPlan) throws {
        self.plan = plan
        let usesCPU = plan.model.weights.contains { plan.map.device(of: $0.part).kind == .cpu }
        meter =
            usesCPU ? try SpeedMeter(threads: plan.threads, kernels: plan.machine.kernels) : nil
    }

    /// Matrices that every token goes through: all but the embedding table, from which a token
    /// takes one row; with the head, whether it has a table of its own or not.
    private var matrices: [(type: ElementType, elements: Int, part: Part)] {
        plan.model.weights.filter { $0.rows > 1 && $0.part != .embedding }
            .map { ($0.type, $0.rows * $0.columns, $0.part) }
    }

    func promptTokensPerSecond() -> Double {
        let layerMatrices = matrices.filter { $0.part != .head }
        let isExact = plan.machine.cpuLayout.isExact
        let peaks = Dictionary(
            Set(layerMatrices.map(\.type)).map {
                ($0, meter?.operationsPerSecond(of: $0, isExact: isExact) ?? 0)
            }, uniquingKeysWith: { first, _ in first })
        // A prompt wants logits for its last token alone.
        let seconds = layerMatrices.reduce(0.0) { sum, matrix in
            let device = plan.map.device(of: matrix.part)
            let peak = best(of: device) { $0.operationsPerSecond } ?? peaks[matrix.type] ?? 0
            return sum + 2 * Double(matrix.elements) / peak
        }
        return 1 / seconds
    }

    func generatedTokensPerSecond(batch: Int, depth: Int) -> Double {
        let memory = meter?.readBytesPerSecond() ?? 0
        // Bytes per second.
        func readRate(of device: DeviceID) -> Double {
            best(of: device) { $0.bytesPerSecond } ?? memory
        }
        let weights = matrices.reduce(0.0) { sum, matrix in
            let bytes = matrix.type.bytes(elements: matrix.elements) ?? 0
            return sum + Double(bytes) / readRate(of: plan.map.device(of: matrix.part))
        }
        let layerDevices = plan.map.layerDevices
        let cache = plan.model.groups.reduce(0.0) { sum, group in
            let tokens = min(depth, group.geometry.window ?? depth)
            let bytes = Double(tokens * group.geometry.blockBytes / KVGeometry.blockTokens)
            return group.layers.reduce(sum) { $0 + bytes / readRate(of: layerDevices[$1]) }
        }
        return Double(batch) / (weights + Double(batch) * cache)
    }

    /// nil for the CPU.
    private func best(
        of device: DeviceID, _ rate: (DeviceSpeed.Format) -> Double
    ) -> Double? {
        guard device.kind == .gpu else { return nil }
        return plan.machine.inventory[device]?.speed?.formats.map(rate).max()
    }
}
