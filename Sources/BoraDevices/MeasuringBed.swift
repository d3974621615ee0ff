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
    /// Heads as large models have them and narrow ones, and a cache that takes next to no time.
    enum Cache: Int, CaseIterable {
        case wide
        case narrow
        case tiny

        var geometry: KVGeometry {
            let (heads, width) =
                switch self {
                case .wide: (8, 128)
                case .narrow: (8, 32)
                case .tiny: (1, 32)
                }
            return KVGeometry(heads: heads, keyWidth: width, valueWidth: width, type: .f16)
        }

        /// Layers with caches apart.
        var layers: Int { self == .tiny ? 1 : MeasuringBed.cacheLayers }

        /// Bytes of a token's keys and values in one head.
        var headTokenBytes: Int {
            geometry.blockBytes / KVGeometry.blockTokens / geometry.heads
        }
    }

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
                kv: Cache.allCases.map { cache in
                    .init(
                        group: cache.rawValue, layers: cache.layers, geometry: cache.geometry,
                        blocks: cache == .tiny ? 1 : blocks)
                }, workspace: device.layout.alignment))
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
        return Step.Sequence(
            firstRow: 0, rows: rows, context: context, blocks: Cache.allCases.map { _ in blocks })
    }

    /// Records a program whose tokens are all 0.
    ///
    /// - Parameters:
    ///   - weights: what the recording names by index.
    ///   - cache: what its layers attend to.
    func program(
        _ sequences: [Step.Sequence], weights: [StoredWeight], cache: Cache = .tiny,
        _ record: (inout ForwardPass) -> Tensor
    ) -> Program {
        let positions = sequences.flatMap { sequence in
            (0..<sequence.rows).map { Int32(sequence.context + $0) }
        }
        let step = Step(
            tokens: positions.map { _ in 0 }, positions: positions, sequences: sequences,
            outputRows: [Int32(positions.count - 1)])
        let slots = (0..<cache.layers).map { layer in
            KVSlot(
                device: 0, group: cache.rawValue, layer: layer, layers: cache.layers,
                geometry: cache.geometry)
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
