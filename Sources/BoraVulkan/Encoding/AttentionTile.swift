import BoraCore
import BoraDevices

/// The query vectors that a workgroup of attention takes, all for one head of the cache, and its
/// kernel.
package struct AttentionTile {
    package let vectors: Int
    package let kernel: Kernel

    /// In f32, for up to `most` query vectors of a sequence.
    static func plain(_ geometry: KVGeometry, most: Int) -> AttentionTile {
        let teams = 4
        // Query vectors stay in 16 KiB of shared memory.
        let vectorBytes = (geometry.keyWidth + 7) / 8 * 8 * 4
        let share =
            [4, 2].first { most > 2 * $0 && teams * $0 * vectorBytes <= 16 << 10 } ?? 1
        return AttentionTile(
            vectors: teams * share,
            kernel: Kernel(shader: .attend, constants: geometry.constants + [UInt32(share)]))
    }
}

extension DeviceTraits {
    /// The tile of attention through cooperative matrices; nil where the device has none, or the
    /// cache is not for it: one of f32 is there for its numbers, and heads may be too wide.
    package func attentionTile(_ geometry: KVGeometry) -> AttentionTile? {
        guard let shape = matrixShape, shape.k.isMultiple(of: 8), geometry.type != .f32
        else { return nil }
        let keys = SegmentEncoder.groups(geometry.keyWidth, of: shape.k) * shape.k
        let values = SegmentEncoder.groups(geometry.valueWidth, of: shape.n) * shape.n
        // Each query vector has an invocation, and its sums a share of the registers.
        let most = min(subgroupSize, sumsPerInvocation * subgroupSize / values)
        let own = most / shape.m * shape.m
        // `attend_cooperative.comp`: keys and values; queries, weights and scores. Padded.
        let blockBytes = KVGeometry.blockTokens * 2 * (keys + 8 + values + 8)
        let vectorBytes =
            2 * (keys + 8) + 2 * (KVGeometry.blockTokens + 8)
            + 4 * (KVGeometry.blockTokens + 4)
        let teams = [4, 2, 1].first { teams in
            teams * subgroupSize <= maxGroupSize
                && blockBytes + teams * own * vectorBytes <= sharedBytes
        }
        guard own > 0, let teams else { return nil }
        let sizes = [own, teams, shape.m, shape.n, shape.k]
        return AttentionTile(
            vectors: teams * own,
            kernel: Kernel(
                shader: .attendCooperative,
                constants: [UInt32(teams * subgroupSize)] + geometry.constants
                    + sizes.map { UInt32($0) }))
    }
}

extension KVGeometry {
    /// What kernels of attention are made for.
    fileprivate var constants: [UInt32] {
        [type.shaderFormat, UInt32(keyWidth), UInt32(valueWidth)]
    }
}
