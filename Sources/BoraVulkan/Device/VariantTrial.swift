import BoraCore
import BoraDeviceMapping
import BoraDevices

/// A small program with all that it needs, to run on devices that should agree about it.
package struct VariantTrial: Sendable {
    private struct Weight {
        let type: ElementType
        let rows: Int
        let columns: Int
        let bytes: [UInt8]
    }

    private let weights: [Weight]
    private let geometry: KVGeometry?
    private let step: Step
    private let record: @Sendable (inout ForwardPass) -> Tensor

    /// With one of each kind of weights: plain, one scale, scales and minimums. More rows than fit
    /// one tile, and not a multiple of anything.
    static let products = [ElementType.f16, .q8_0, .q4_K].flatMap { type in
        [false, true].map { product(with: type, rows: 83, isGated: $0) }
    }

    /// Whose tokens are split, and are not.
    static let attention = [attention(heads: 4, width: 128), attention(heads: 16, width: 64)]

    /// Rows times a weight of 160 outputs; or that times its own activation.
    package static func product(
        with type: ElementType, rows: Int, isGated: Bool
    ) -> VariantTrial {
        let (outputs, width) = (160, 256)
        return VariantTrial(
            weights: [
                table(rows: rows, columns: width), weight(type, rows: outputs, columns: width),
            ], geometry: nil, step: Self.step(rows: rows, blocks: [])
        ) { pass in
            let input = pass.embed(WeightID(0))
            let linear = LinearWeights(WeightID(1))
            return isGated
                ? pass.gatedLinear(input, gate: linear, up: linear, activation: .silu)
                : pass.linear(input, linear)
        }
    }

    /// 150 rows, which are five blocks, of this many heads that read two.
    private static func attention(heads: Int, width: Int) -> VariantTrial {
        let (rows, stored) = (150, 2)
        return VariantTrial(
            weights: [heads, stored, stored].map { table(rows: rows, columns: $0 * width) },
            geometry: KVGeometry(heads: stored, keyWidth: width, valueWidth: width, type: .f16),
            step: Self.step(rows: rows, blocks: [[3, 0, 4, 1, 2]])
        ) { pass in
            let (q, k, v) = (
                pass.embed(WeightID(0)), pass.embed(WeightID(1)), pass.embed(WeightID(2))
            )
            return pass.attend(
                queries: q, keys: k, values: v, layer: 0, heads: heads, scale: 0.3)
        }
    }

    private static func step(rows: Int, blocks: [[Int32]]) -> Step {
        let tokens = (0..<Int32(rows)).map { $0 }
        return Step(
            tokens: tokens, positions: tokens,
            sequences: [.init(firstRow: 0, rows: rows, context: 0, blocks: blocks)],
            outputRows: [])
    }

    // MARK: Weights

    /// Numbers between -1 and 1.
    private static func table(rows: Int, columns: Int) -> Weight {
        let bytes = (0..<rows * columns).flatMap { index -> [UInt8] in
            let bits = (Float((index &* 7919) % 509) / 254 - 1).bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        }
        return Weight(type: .f32, rows: rows, columns: columns, bytes: bytes)
    }

    /// Whole blocks of random bits with scales of a modest size.
    private static func weight(_ type: ElementType, rows: Int, columns: Int) -> Weight {
        var state: UInt64 = 88_172_645_463_325_252
        func random() -> UInt8 {
            // Marsaglia's xorshift64.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
        let blocks = rows * columns / type.blockElements
        let bytes = (0..<blocks).flatMap { _ -> [UInt8] in
            var block = (0..<type.blockBytes).map { _ in random() }
            switch type {
            // Between 2⁻³ and 1, of either sign.
            case .f16: block[1] = block[1] & 0x83 | 0x30
            // A scale of about 2⁻⁷, and a minimum of as much.
            case .q4_K: block.replaceSubrange(0..<4, with: [0, 0x20, 0, 0x20])
            default: block.replaceSubrange(0..<2, with: [0, 0x20])
            }
            return block
        }
        return Weight(type: type, rows: rows, columns: columns, bytes: bytes)
    }

    // MARK: Running

    /// The numbers of the program's output.
    package func values(on device: any Device) throws -> [Float] {
        let layout = device.layout
        var end = 0
        let stored = weights.map { weight in
            let bytes = layout.storedBytes(
                type: weight.type, rows: weight.rows, columns: weight.columns)
            defer { end += layout.aligned(bytes) }
            return StoredWeight(
                handle: Handle(device: 0, arena: .weights, offset: end, bytes: bytes),
                type: weight.type, rows: weight.rows, columns: weight.columns)
        }
        let slots = geometry.map {
            [KVSlot(device: 0, group: 0, layer: 0, layers: 1, geometry: $0)]
        }
        var pass = ForwardPass(
            step: step,
            binding: ModelBinding(
                layouts: [layout], weights: stored, slots: slots ?? [],
                devices: [.embedding: 0, Part(layer: 0, .attention): 0]))
        let output = record(&pass)
        let program = pass.finish(output: output)
        let blocks = step.sequences[0].blocks.first?.count ?? 0
        try device.allocate(
            ArenaSizes(
                weights: end, weightStarts: stored.map(\.handle.offset),
                kv: geometry.map { [.init(group: 0, layers: 1, geometry: $0, blocks: blocks)] }
                    ?? [],
                workspace: program.workspaceBytes[0]))
        let uploads = try zip(weights, stored).map { weight, target in
            let source = try ByteSource(
                name: "variant trial", prefix: weight.bytes, count: weight.bytes.count)
            return WeightUpload(
                target: target, source: .slice(ByteSlice(source, 0..<weight.bytes.count)!))
        }
        try device.store(uploads, progress: { _ in })
        for segment in program.segments.indices {
            try device.commit(program, segment: segment).wait()
        }
        return try device.read(program.output, of: program)
    }
}
