import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraVulkan
import TestSupport
import Testing

/// Weights on a device and programs of a few operations over them. Inputs are rows of f32 tables,
/// which `ForwardPass.embed` brings in exactly.
struct OperationFixture {
    private struct Weight {
        let type: ElementType
        let rows: Int
        let columns: Int
        let bytes: [UInt8]
    }

    private var weights: [Weight] = []
    /// Sequences of the step: rows, and tokens that are in the cache before.
    var sequences: [(rows: Int, context: Int)] = []
    var geometry: KVGeometry?
    var outputRows: [Int32] = []
    /// The step's tokens are this one and those after it.
    var firstToken: Int32 = 0

    mutating func add(
        _ type: ElementType, rows: Int, columns: Int, _ bytes: [UInt8]
    ) -> WeightID {
        weights.append(Weight(type: type, rows: rows, columns: columns, bytes: bytes))
        return WeightID(weights.count - 1)
    }

    mutating func add(rows: Int, columns: Int, _ values: [Float]) -> WeightID {
        add(
            .f32, rows: rows, columns: columns,
            values.flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
            })
    }

    /// Blocks are dealt to the sequences in turn, so that none has neighbours; those that no row of
    /// the step sees are -1.
    var step: Step {
        let rows = sequences.reduce(0) { $0 + $1.rows }
        var first = 0
        let parts = sequences.indices.map { index in
            let (own, context) = sequences[index]
            defer { first += own }
            let blocks = geometry.map { geometry in
                let seen = geometry.span.blocks(for: context..<context + own)
                return (0..<seen.upperBound).map { block in
                    seen.contains(block)
                        ? Int32(block * sequences.count + (sequences.count - 1 - index)) : -1
                }
            }
            return Step.Sequence(
                firstRow: first, rows: own, context: context, blocks: blocks.map { [$0] } ?? [])
        }
        return Step(
            tokens: (0..<Int32(rows)).map { firstToken + $0 },
            positions: sequences.flatMap { own, context in
                (context..<context + own).map { Int32($0) }
            },
            sequences: parts, outputRows: outputRows)
    }

    /// A device that holds the weights, with room for what the steps need.
    struct Loaded {
        let device: any Device
        let binding: ModelBinding
        let geometry: KVGeometry?

        /// Records and runs a program, and checks that it touched no more than its workspace.
        func run(
            _ step: Step, _ record: (inout ForwardPass) -> Tensor
        ) throws -> (values: [Float], account: ArenaAccount, program: Program) {
            var pass = ForwardPass(step: step, binding: binding)
            let output = record(&pass)
            let program = pass.finish(output: output)
            try device.growWorkspace(to: program.workspaceBytes[0])
            // Every embedding starts a segment.
            for segment in program.segments.indices {
                try device.commit(program, segment: segment).wait()
            }
            #expect(VulkanLibrary.validationMessages == [])
            return (try device.read(output, of: program), device.account, program)
        }
    }

    func load(on device: any Device) throws -> Loaded {
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
        let size = KVGeometry.blockTokens
        let longest = sequences.map { ($0.context + $0.rows + size - 1) / size }.max() ?? 0
        let kv = geometry.map {
            ArenaSizes.KV(
                group: 0, layers: 2, geometry: $0, blocks: max(longest * sequences.count, 1))
        }
        try device.allocate(
            ArenaSizes(
                weights: end, weightStarts: stored.map(\.handle.offset), kv: kv.map { [$0] } ?? [],
                workspace: layout.alignment))
        let uploads = try zip(weights, stored).map { weight, target in
            let source = try ByteSource.temporary(weight.bytes)
            return WeightUpload(
                target: target, source: .slice(ByteSlice(source, 0..<weight.bytes.count)!))
        }
        try device.store(uploads, progress: { _ in })
        // The second of two layers, so that an offset left out shows.
        let slots = geometry.map {
            [KVSlot(device: 0, group: 0, layer: 1, layers: 2, geometry: $0)]
        }
        return Loaded(
            device: device,
            binding: ModelBinding(
                layouts: [layout], weights: stored, slots: slots ?? [],
                devices: [.embedding: 0, .head: 0, Part(layer: 0, .attention): 0]),
            geometry: geometry)
    }
}

/// Quadratic mean of the differences over that of the reference, or of all that it is part of.
func relativeError(_ values: [Float], _ reference: [Double], ofAll all: [Double]? = nil) -> Double {
    guard values.count == reference.count else { return .infinity }
    let differences = zip(values, reference).map { Double($0) - $1 }
    func quadraticMean(_ numbers: [Double]) -> Double {
        (numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)).squareRoot()
    }
    return quadraticMean(differences)
        / max(quadraticMean(all ?? reference), Double.leastNormalMagnitude.squareRoot())
}

extension RandomNumberGenerator {
    mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &self) }
    }
}
