import BoraModels
import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices

/// The fastest that a model could run on this machine, from measured speeds: generation reads every
/// weight and the cache once per step, a prompt does two operations per weight and token. Of the
/// CPU, memory and arithmetic themselves are measured now; a GPU's limit is the best that any of
/// its kernels was measured to do.
struct SpeedLimits {
    private let plan: ModelPlan
    private let speeds: MeasuredSpeeds

    init(_ plan: ModelPlan) throws {
        self.plan = plan
        speeds = try MeasuredSpeeds.measure(threads: plan.threads, kernels: plan.machine.kernels)
    }

    /// Matrices that every token goes through: all but the embedding table, from which a token
    /// takes one row; with the head, whether it has a table of its own or not.
    private var matrices: [(type: ElementType, elements: Int, part: Part)] {
        plan.model.weights.filter { $0.rows > 1 && $0.part != .embedding }
            .map { ($0.type, $0.rows * $0.columns, $0.part) }
    }

    var promptTokensPerSecond: Double {
        // A prompt wants logits for its last token alone.
        let seconds = matrices.filter { $0.part != .head }.reduce(0.0) { sum, matrix in
            let device = plan.map.device(of: matrix.part)
            return sum + 2 * Double(matrix.elements) / peak(of: matrix.type, on: device)
        }
        return 1 / seconds
    }

    func generatedTokensPerSecond(batch: Int, depth: Int) -> Double {
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

    /// Bytes per second.
    private func readRate(of device: DeviceID) -> Double {
        best(of: device) { $0.bytesPerSecond } ?? speeds.readBytesPerSecond
    }

    /// Multiplications and additions per second.
    private func peak(of type: ElementType, on device: DeviceID) -> Double {
        best(of: device) { $0.operationsPerSecond }
            ?? speeds.operationsPerSecond(of: type, isExact: plan.machine.cpuLayout.isExact)
    }

    /// nil for the CPU.
    private func best(
        of device: DeviceID, _ rate: (DeviceSpeed.Format) -> Double
    ) -> Double? {
        guard device.kind == .gpu else { return nil }
        return plan.machine.inventory[device]?.speed?.formats.map(rate).max()
    }
}
