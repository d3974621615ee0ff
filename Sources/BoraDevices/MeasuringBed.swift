import BoraCore
import BoraDeviceMapping

/// Arenas on a device that programs are timed on. Every byte of the weights is the same, so that a
/// place holds sensible numbers in whatever format it is read.
struct MeasuringBed {
    /// Inputs of the matrices read by one column.
    static let columns = 4096
    /// Inputs of matrices whose rows are short: one block of any format.
    static let fewColumns = 256
    /// Layers with caches apart, so that one pass over all reads more than processors keep.
    static let cacheLayers = 4
    /// Caches as large models have them, and one that takes next to no time.
    static let cache = KVGeometry(heads: 8, keyWidth: 128, valueWidth: 128, type: .f16)
    static let tinyCache = KVGeometry(heads: 1, keyWidth: 32, valueWidth: 32, type: .f16)

    let device: any Device
    /// The weights arena is this many slots.
    let slots = 16
    let slotBytes: Int
    /// Tokens that each cache has room for.
    let cacheTokens: Int

    var cacheBlocks: Int { cacheTokens / KVGeometry.blockTokens }

    /// - Parameter memory: bytes that may be taken.
    init(on device: any Device, memory: Int) throws(DeviceError) {
        self.device = device
        // Of 256 MiB, half are weights, a quarter is a cache, and a quarter is left for workspace.
        var scale = 1
        while scale < 16, memory < (256 << 20) / scale { scale *= 2 }
        slotBytes = (8 << 20) / scale
        cacheTokens = 4096 / scale
        let blocks = cacheTokens / KVGeometry.blockTokens
        try device.allocate(
            ArenaSizes(
                weights: slots * slotBytes, weightStarts: (0..<slots).map { $0 * slotBytes },
                kv: [
                    .init(
                        group: 0, layers: Self.cacheLayers, geometry: Self.cache, blocks: blocks),
                    .init(group: 1, layers: 1, geometry: Self.tinyCache, blocks: 1),
                ], workspace: device.layout.alignment))
        // 0x3C in every byte: a number of about 1 in f16, and small but normal ones in others.
        let values = [Float](repeating: Float(bitPattern: 0x3C3C_3C3C), count: slotBytes / 4)
        let uploads = (0..<slots).map { slot in
            WeightUpload(
                target: weight(
                    .f32, rows: slotBytes / 4 / Self.columns, columns: Self.columns, slot: slot),
                source: .values(values))
        }
        try device.store(uploads, progress: { _ in })
    }

    /// A matrix at the start of a slot, in any format.
    func weight(_ type: ElementType, rows: Int, columns: Int, slot: Int = 0) -> StoredWeight {
        StoredWeight(
            handle: Handle(
                device: 0, arena: .weights, offset: slot % slots * slotBytes,
                bytes: device.layout.storedBytes(type: type, rows: rows, columns: columns)),
            type: type, rows: rows, columns: columns)
    }

    /// Rows of a matrix that fills a slot, in whole panels.
    func rowsOfSlot(_ type: ElementType) -> Int {
        slotBytes / (Self.columns / type.blockElements * type.blockBytes) / 32 * 32
    }

    /// The rows of one sequence after `context` tokens, whose keys and values are in the first
    /// blocks.
    func sequence(rows: Int, context: Int = 0) -> Step.Sequence {
        let size = KVGeometry.blockTokens
        let blocks = (0..<Int32((context + rows + size - 1) / size)).map { $0 }
        return Step.Sequence(firstRow: 0, rows: rows, context: context, blocks: [blocks, blocks])
    }

    /// Records a program whose tokens are all 0.
    ///
    /// - Parameters:
    ///   - weights: what the recording names by index.
    ///   - isTiny: whether its layers have the tiny cache, all of them the same.
    func program(
        _ sequences: [Step.Sequence], weights: [StoredWeight], isTiny: Bool = false,
        _ record: (inout ForwardPass) -> Tensor
    ) -> Program {
        let positions = sequences.flatMap { sequence in
            (0..<sequence.rows).map { Int32(sequence.context + $0) }
        }
        let step = Step(
            tokens: positions.map { _ in 0 }, positions: positions, sequences: sequences,
            outputRows: [Int32(positions.count - 1)])
        let slots = (0..<Self.cacheLayers).map { layer in
            isTiny
                ? KVSlot(device: 0, group: 1, layer: 0, layers: 1, geometry: Self.tinyCache)
                : KVSlot(
                    device: 0, group: 0, layer: layer, layers: Self.cacheLayers,
                    geometry: Self.cache)
        }
        let binding = ModelBinding(
            layouts: [device.layout], weights: weights, slots: slots, devices: [.embedding: 0])
        var pass = ForwardPass(step: step, binding: binding)
        let output = record(&pass)
        return pass.finish(output: output)
    }

    /// Runs a program to its end.
    func run(_ program: Program) throws(DeviceError) {
        try device.growWorkspace(to: program.workspaceBytes[0])
        // Every embedding starts a segment.
        for segment in program.segments.indices {
            try device.commit(program, segment: segment).wait()
        }
    }
}
