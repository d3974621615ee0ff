import BoraCore
import BoraDeviceMapping
import BoraDevices

/// Compares the kernels that only some GPUs can run with the plain ones, on the GPU itself: a
/// driver whose cooperative matrices are wrong is found before it gives wrong text. Done once per
/// driver and version of the kernel; the verdict is kept on disk.
package struct VariantCheck: Sendable {
    /// What 10 bits of significand in both factors cost, as in the conformance suite.
    private static let tolerance = 8e-3
    private static let width = 256
    private static let outputs = 160
    /// More than fit one tile, and not a multiple of anything.
    private static let tokens = 83

    private let verdictFile: String?

    /// - Parameter verdictFile: where the verdict is kept; nil for nowhere.
    package init(verdictFile: String?) { self.verdictFile = verdictFile }

    /// Whether cooperative matrices give what the plain kernels give.
    ///
    /// - Parameter makeDevice: a fresh device that uses just these traits.
    package func passes(
        _ traits: DeviceTraits, on makeDevice: (DeviceTraits) throws -> any Device
    ) -> Bool {
        if let verdict = keptVerdict { return verdict }
        var plain = traits
        plain.matrixShapes = []
        plain.hasFloat16 = false
        plain.hasIntegerDot = false
        // Tiles are wide, large or small by how many keep a device busy (`HalvesTile`).
        let variants = [1, 2, 1024].map { units in
            var variant = traits
            variant.computeUnits = units
            return variant
        }
        // A variant that does not even run does not pass, whatever the reason.
        let passes =
            (try? Self.types.allSatisfy { type in
                try [false, true].allSatisfy { isGated in
                    let weight = Self.weight(of: type)
                    let reference = try Self.product(weight, isGated, on: makeDevice(plain))
                    return try variants.allSatisfy { variant in
                        let values = try Self.product(weight, isGated, on: makeDevice(variant))
                        return Self.relativeError(values, reference) < Self.tolerance
                    }
                }
            }) ?? false
        keep(passes)
        return passes
    }

    // MARK: Verdict

    private var keptVerdict: Bool? {
        guard let verdictFile, let file = try? ByteSource(mapping: verdictFile), file.count < 16,
            let slice = ByteSlice(file, 0..<file.count)
        else { return nil }
        switch unsafe slice.bytes.withUnsafeBytes({ unsafe String(decoding: $0, as: UTF8.self) }) {
        case "passes": return true
        case "fails": return false
        default: return nil
        }
    }

    private func keep(_ passes: Bool) {
        guard let verdictFile, let folder = FileSystem.parent(of: verdictFile) else { return }
        // Whatever hinders it costs the next run a check.
        try? FileSystem.createFolder(folder)
        try? FileSystem.write(passes ? "passes" : "fails", to: verdictFile)
    }

    // MARK: Product

    /// One of each kind of arithmetic: plain, one scale, scales and minimums.
    private static let types: [ElementType] = [.f16, .q8_0, .q4_K]

    /// `[outputs, width]`, in whole blocks of random bits with scales of a modest size.
    private static func weight(of type: ElementType) -> (type: ElementType, bytes: [UInt8]) {
        var state: UInt64 = 88_172_645_463_325_252
        func random() -> UInt8 {
            // Marsaglia's xorshift64.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
        let blocks = outputs * width / type.blockElements
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
        return (type, bytes)
    }

    /// The product of `tokens` rows with a weight; or that times its own activation.
    private static func product(
        _ weight: (type: ElementType, bytes: [UInt8]), _ isGated: Bool, on device: any Device
    ) throws -> [Float] {
        let layout = device.layout
        let inputs = (0..<tokens * width).map { Float(($0 &* 7919) % 509) / 254 - 1 }
        let table = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 0, bytes: inputs.count * 4),
            type: .f32, rows: tokens, columns: width)
        let matrix = StoredWeight(
            handle: Handle(
                device: 0, arena: .weights, offset: layout.aligned(table.handle.bytes),
                bytes: weight.bytes.count),
            type: weight.type, rows: outputs, columns: width)
        let binding = ModelBinding(
            layouts: [layout], weights: [table, matrix], slots: [], devices: [.embedding: 0])
        var pass = ForwardPass(
            step: Step(
                tokens: (0..<Int32(tokens)).map { $0 },
                positions: Array(repeating: 0, count: tokens),
                sequences: [], outputRows: []), binding: binding)
        let input = pass.embed(WeightID(0))
        let linear = LinearWeights(WeightID(1))
        let output =
            isGated
            ? pass.gatedLinear(input, gate: linear, up: linear, activation: .silu)
            : pass.linear(input, linear)
        let program = pass.finish(output: output)
        try device.allocate(
            ArenaSizes(
                weights: layout.aligned(matrix.handle.end),
                weightStarts: [0, matrix.handle.offset], kv: [],
                workspace: program.workspaceBytes[0]))
        let stored = try ByteSource(
            name: "variant check", prefix: weight.bytes, count: weight.bytes.count)
        try device.store(
            [
                WeightUpload(target: table, source: .values(inputs)),
                WeightUpload(
                    target: matrix, source: .slice(ByteSlice(stored, 0..<stored.count)!)),
            ], progress: { _ in })
        try device.commit(program, segment: 0).wait()
        return try device.read(program.output, of: program)
    }

    private static func relativeError(_ values: [Float], _ reference: [Float]) -> Double {
        var difference = 0.0
        var size = 0.0
        for (value, expected) in zip(values, reference) {
            difference += Double(value - expected) * Double(value - expected)
            size += Double(expected) * Double(expected)
        }
        let error = (difference / max(size, .leastNormalMagnitude)).squareRoot()
        return error.isNaN ? .infinity : error
    }
}
