import BoraModels
import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices

/// The fastest that a model could run on this machine, from speeds measured now: generation reads
/// every weight and the cache once per step, a prompt does two operations per weight and token.
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
        let exact = plan.machine.cpuLayout.isExact
        // A prompt wants logits for its last token alone.
        let seconds = matrices.filter { $0.part != .head }.reduce(0.0) { sum, matrix in
            let isInt8 = matrix.type.isQuantized && !exact
            let peak =
                isInt8 ? speeds.int8OperationsPerSecond : speeds.f32OperationsPerSecond
            return sum + 2 * Double(matrix.elements) / peak
        }
        return 1 / seconds
    }

    func generatedTokensPerSecond(batch: Int, depth: Int) -> Double {
        let weights = matrices.reduce(0) { $0 + ($1.type.bytes(elements: $1.elements) ?? 0) }
        let cache = plan.model.groups.reduce(0) { sum, group in
            let tokens = min(depth, group.geometry.window ?? depth)
            return sum + group.layers.count * tokens * group.geometry.blockBytes
                / KVGeometry.blockTokens
        }
        let bytes = weights + batch * cache
        return speeds.readBytesPerSecond / Double(bytes) * Double(batch)
    }
}
