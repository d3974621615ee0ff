import BoraCore
import BoraDeviceMapping

/// Measures how fast a device runs Bora's own kernels, through nothing but the backend contract:
/// small programs are recorded, committed and waited for. Every figure is a median, and takes a few
/// hundredths of a second; one that other programs disturbed is taken again, as far as there is
/// time.
package struct SpeedMeasurement {
    /// What is measured of a device.
    package struct Result: Codable, Equatable, Sendable {
        package let speed: DeviceSpeed
        package let transfer: HostTransfer
        /// What the device's driver took of its memory meanwhile, besides what was asked for; nil
        /// where nothing says.
        package var driverBytes: Int?

        package init(speed: DeviceSpeed, transfer: HostTransfer) {
            self.speed = speed
            self.transfer = transfer
        }
    }

    /// Goes up with every change to kernels or to what is measured, so that nobody plans by what an
    /// older version measured.
    package static let version = 7

    private let bed: MeasuringBed
    private let watch = Stopwatch()

    /// Measures a device on which nothing has been allocated.
    ///
    /// - Parameters:
    ///   - memory: bytes that may be taken meanwhile; 256 MiB are enough.
    ///   - types: the weight formats that speeds are wanted of.
    ///   - known: what has been measured of the device before: what it lacks is added.
    package static func measure(
        _ device: any Device, memory: Int, types: [ElementType], beside known: Result? = nil
    ) throws(DeviceError) -> Result {
        let measurement = SpeedMeasurement(bed: try MeasuringBed(on: device, memory: memory))
        let base: Result
        if let known {
            base = known
        } else {
            base = Result(
                speed: try measurement.speedWithoutFormats(),
                transfer: try measurement.transfer())
        }
        var speed = base.speed
        for type in types where speed[type] == nil {
            speed.formats.append(try measurement.format(type, speed.segmentOverhead))
        }
        speed.waiting = max(base.speed.waiting, measurement.watch.waiting)
        return Result(speed: speed, transfer: base.transfer)
    }

    private func speedWithoutFormats() throws(DeviceError) -> DeviceSpeed {
        let segment = try segmentOverhead()
        let wide = try secondsPerByte(of: .wide, segment)
        let narrow = try secondsPerByte(of: .narrow, segment)
        let far = Self.parts(
            of: wide, pieces: 1 / Double(MeasuringBed.Cache.wide.headTokenBytes), and: narrow,
            pieces: 1 / Double(MeasuringBed.Cache.narrow.headTokenBytes))
        let near = try nearSecondsPerByte(segment, far: far.perByte)
        var speed = DeviceSpeed(
            formats: [], cacheBytesPerSecond: 1 / far.perByte, nearCacheBytesPerSecond: 1 / near,
            attentionOperationsPerSecond: try attentionOperationsPerSecond(segment),
            segmentOverhead: segment, layerOverhead: try layerOverhead(segment))
        speed.headTokenOverhead = far.overhead
        return speed
    }

    /// What a byte takes, and each of the pieces that it comes in: two equations of the form
    /// `seconds = bytes · perByte + pieces · overhead`, each for one byte. At least half of what
    /// large pieces take is their bytes'.
    private static func parts(
        of large: Double, pieces few: Double, and small: Double, pieces many: Double
    ) -> (perByte: Double, overhead: Double) {
        let overhead = min(max(0, (small - large) / (many - few)), large / 2 / few)
        return (large - overhead * few, overhead)
    }

    private func format(
        _ type: ElementType, _ segment: Double
    ) throws(DeviceError) -> DeviceSpeed.Format {
        let long = try reading(of: type, columns: MeasuringBed.columns, segment)
        let short = try reading(of: type, columns: MeasuringBed.fewColumns, segment)
        let (perByte, overhead) = Self.parts(
            of: long.seconds, pieces: long.rowsPerByte, and: short.seconds,
            pieces: short.rowsPerByte)
        return DeviceSpeed.Format(
            type: type, bytesPerSecond: 1 / perByte,
            operationsPerSecond: try operationsPerSecond(of: type, segment),
            rowOverhead: overhead)
    }

    // MARK: Fixed costs

    /// Longer than the turns in which a system lets processes run: what the scheduler does to short
    /// programs evens out.
    private static let fixedCostBudget = 0.1

    /// Recording, committing, waiting for and reading the result of next to nothing.
    private func segmentOverhead() throws(DeviceError) -> Double {
        let weights = [bed.weight(.f32, rows: 1, columns: 32)]
        return try watch.median(within: Self.fixedCostBudget) { () throws(DeviceError) in
            let program = bed.program([bed.sequence(rows: 1)], weights: weights) {
                $0.embed(WeightID(0))
            }
            try bed.run(program)
            _ = try bed.device.read(program.output, of: program)
        }
    }

    /// What a layer's operations take besides the bytes and the arithmetic: layers as Llama has
    /// them, of 32 numbers, are recorded and run.
    private func layerOverhead(_ segment: Double) throws(DeviceError) -> Double {
        let count = 16
        let width = MeasuringBed.Cache.tiny.geometry.keyWidth
        let weights = [
            bed.weight(.f32, rows: 1, columns: width), bed.weight(.f32, rows: 1, columns: width),
            bed.weight(.q8_0, rows: width, columns: width),
            bed.weight(.f32, rows: 1, columns: width / 2),
        ]
        let seconds = try watch.median(within: Self.fixedCostBudget) { () throws(DeviceError) in
            let program = bed.program([bed.sequence(rows: 1)], weights: weights) { pass in
                let hidden = pass.embed(WeightID(0))
                for _ in 0..<count { Self.recordLayer(&pass, hidden) }
                return hidden
            }
            try bed.run(program)
            _ = try bed.device.read(program.output, of: program)
        }
        return Self.seconds(seconds, without: segment) / Double(count)
    }

    /// A layer of Llama over the weights of `layerOverhead`: a norm, a matrix, frequencies.
    private static func recordLayer(_ pass: inout ForwardPass, _ hidden: Tensor) {
        let (norm, matrix) = (WeightID(1), LinearWeights(WeightID(2)))
        let input = pass.normalize(hidden, by: norm, epsilon: 1e-5)
        let heads = pass.linear(input, [matrix, matrix, matrix])
        pass.rotate(
            [heads[0], heads[1]], headWidth: hidden.columns, frequencies: WeightID(3),
            pairing: .halves)
        let attended = pass.attend(
            queries: heads[0], keys: heads[1], values: heads[2], layer: 0, heads: 1, scale: 1)
        pass.linear(attended, matrix, addedTo: hidden)
        let normalized = pass.normalize(hidden, by: norm, epsilon: 1e-5)
        let gated = pass.gatedLinear(normalized, gate: matrix, up: matrix, activation: .silu)
        pass.linear(gated, matrix, addedTo: hidden)
    }

    // MARK: Matrices

    /// One column: what reading a byte of weights takes, and how many rows go with it. Passes go on
    /// where the last one ended, so that no cache has what they read.
    private func reading(
        of type: ElementType, columns: Int, _ segment: Double
    ) throws(DeviceError) -> (seconds: Double, rowsPerByte: Double) {
        // The first run may compile kernels.
        try bed.run(reading(type, columns, slots: 0..<1, share: 8).program)
        let small = reading(type, columns, slots: 1..<2, share: 8).program
        let smallTime = Self.seconds(
            try Stopwatch.seconds { () throws(DeviceError) in try bed.run(small) }, without: segment
        )
        // Slow devices do with parts of slots; fast ones need whole ones to show what they can.
        let share = smallTime > 0.001 ? 8 : 1
        let single = smallTime * Double(8 / share)
        let count = min(bed.slots, max(1, Int(0.006 / single)))
        var next = 2
        var read = (bytes: 0, rows: 0)
        let seconds = try watch.median { () throws(DeviceError) in
            let timed = reading(type, columns, slots: next..<next + count, share: share)
            next += count
            read = (timed.bytes, timed.rows)
            try bed.run(timed.program)
        }
        return (
            Self.seconds(seconds, without: segment) / Double(read.bytes),
            Double(read.rows) / Double(read.bytes)
        )
    }

    /// A token that goes through matrices at the start of some slots, each of which fills one
    /// `share`th of its slot, with their bytes and rows.
    private func reading(
        _ type: ElementType, _ columns: Int, slots: Range<Int>, share: Int
    ) -> (program: Program, bytes: Int, rows: Int) {
        let rows =
            max(32, bed.rowsOfSlot(type) / share / 32 * 32) * (MeasuringBed.columns / columns)
        let matrices = slots.map { bed.weight(type, rows: rows, columns: columns, slot: $0) }
        let program = bed.program(
            [bed.sequence(rows: 1)],
            weights: [bed.weight(.f32, rows: 1, columns: columns)] + matrices
        ) { pass in
            let input = pass.embed(WeightID(0))
            var output = input
            for index in matrices.indices {
                output = pass.linear(input, LinearWeights(WeightID(index + 1)))
            }
            return output
        }
        return (
            program, matrices.reduce(0) { $0 + $1.handle.bytes },
            matrices.reduce(0) { $0 + $1.rows }
        )
    }

    /// Many columns: how fast a prompt's chunk is multiplied.
    private func operationsPerSecond(
        of type: ElementType, _ segment: Double
    ) throws(DeviceError) -> Double {
        let columns = 2048
        // Slow devices do with a small product; fast ones need a large one to show what they can.
        let sizes: [(rows: Int, outputs: Int, count: Int)] = [
            (64, 128, 1), (64, 1024, 1), (256, 2048, 1), (512, 2048, 4), (512, 2048, 32),
        ]
        return try growing(sizes, segment) { size throws(DeviceError) in
            let outputs = min(size.outputs, bed.rowsOfSlot(type))
            let weights = [
                bed.weight(.f32, rows: 1, columns: columns),
                bed.weight(type, rows: outputs, columns: columns),
            ]
            let program = bed.program([bed.sequence(rows: size.rows)], weights: weights) { pass in
                let input = pass.embed(WeightID(0))
                var output = input
                for _ in 0..<size.count {
                    output = pass.linear(input, LinearWeights(WeightID(1)))
                }
                return output
            }
            return (program, 2 * Double(size.rows * outputs * columns * size.count))
        }
    }

    // MARK: Attention

    /// Writes keys and values to every byte of the first blocks of caches: a page that was never
    /// written is not read from memory. Each block is a sequence's first, which takes the least
    /// arithmetic.
    private func fill(
        _ cache: MeasuringBed.Cache, blocks count: Int, layers: Int
    ) throws(DeviceError) {
        let size = KVGeometry.blockTokens
        for first in stride(from: 0, to: count, by: 16) {
            let sequences = (first..<min(first + 16, count)).map { block in
                Step.Sequence(
                    firstRow: (block - first) * size, rows: size, context: 0,
                    blocks: MeasuringBed.Cache.allCases.map { _ in [Int32(block)] })
            }
            try bed.run(attention(sequences, of: cache, layers: 0..<layers))
        }
    }

    /// One token after all that the caches hold, in every layer; on a slow device after an eighth
    /// of it in one.
    private func secondsPerByte(
        of cache: MeasuringBed.Cache, _ segment: Double
    ) throws(DeviceError) -> Double {
        func program(blocks: Int, layers: Int) throws(DeviceError) -> (Program, bytes: Int) {
            try fill(cache, blocks: blocks, layers: layers)
            let context = blocks * KVGeometry.blockTokens - 1
            return (
                attention([bed.sequence(rows: 1, context: context)], of: cache, layers: 0..<layers),
                blocks * layers * cache.geometry.blockBytes
            )
        }
        var (timed, bytes) = try program(blocks: bed.cacheBlocks / 8, layers: 1)
        // The first run may compile kernels.
        try bed.run(timed)
        if try Stopwatch.seconds(of: { () throws(DeviceError) in try bed.run(timed) }) < 0.004 {
            (timed, bytes) = try program(
                blocks: bed.cacheBlocks, layers: MeasuringBed.cacheLayers)
        }
        let seconds = try watch.median { () throws(DeviceError) in try bed.run(timed) }
        return Self.seconds(seconds, without: 2 * segment) / Double(bytes)
    }

    /// One token after no more than processors keep, again and again in one layer. On a slow device
    /// it takes too long to tell, and is nothing else.
    private func nearSecondsPerByte(
        _ segment: Double, far: Double
    ) throws(DeviceError) -> Double {
        let block = MeasuringBed.Cache.wide.geometry.blockBytes
        let blocks = min(bed.cacheBlocks, DeviceSpeed.nearCacheBytes / block)
        let bytes = blocks * block
        guard Double(bytes) * far < 0.001 else { return far }
        let layers = Array(repeating: 0, count: 16)
        let timed = attention(
            [bed.sequence(rows: 1, context: blocks * KVGeometry.blockTokens - 1)], of: .wide,
            layers: layers)
        try bed.run(timed)
        let seconds = try watch.median { () throws(DeviceError) in try bed.run(timed) }
        return min(
            far, Self.seconds(seconds, without: 2 * segment) / Double(bytes * layers.count))
    }

    /// A prompt's chunk in the middle of a prompt, in one layer.
    private func attentionOperationsPerSecond(_ segment: Double) throws(DeviceError) -> Double {
        let all: [(rows: Int, context: Int)] = [(32, 64), (32, 224), (128, 1024), (512, 2048)]
        let sizes = all.filter { $0.rows + $0.context <= bed.cacheTokens }
        return try growing(sizes, 2 * segment) { size throws(DeviceError) in
            let program = attention(
                [bed.sequence(rows: size.rows, context: size.context)], of: .wide, layers: [0])
            // Scores and the sum of values: each row sees what is before it and itself.
            let pairs = size.rows * size.context + size.rows * (size.rows + 1) / 2
            let geometry = MeasuringBed.Cache.wide.geometry
            let width = Self.queryHeads(for: geometry) * geometry.keyWidth
            return (program, 4 * Double(width * pairs))
        }
    }

    /// A program whose rows store their keys and values and attend, in some layers: two segments.
    private func attention(
        _ sequences: [Step.Sequence], of cache: MeasuringBed.Cache, layers: some Sequence<Int>
    ) -> Program {
        let geometry = cache.geometry
        let heads = Self.queryHeads(for: geometry)
        let weights = [
            bed.weight(.f32, rows: 1, columns: heads * geometry.keyWidth),
            bed.weight(.f32, rows: 1, columns: geometry.heads * geometry.keyWidth),
        ]
        return bed.program(sequences, weights: weights, cache: cache) { pass in
            let queries = pass.embed(WeightID(0))
            let keys = pass.embed(WeightID(1))
            var output = queries
            for layer in layers {
                output = pass.attend(
                    queries: queries, keys: keys, values: keys, layer: layer,
                    heads: heads, scale: 0.1)
            }
            return output
        }
    }

    /// Two for each head of keys and values.
    private static func queryHeads(for geometry: KVGeometry) -> Int { 2 * geometry.heads }

    // MARK: Crossings

    /// Reading and writing one row, and the hidden states of a prompt's chunk.
    private func transfer() throws(DeviceError) -> HostTransfer {
        func times(rows: Int, columns: Int) throws(DeviceError) -> (
            read: Double, write: Double, bytes: Int
        ) {
            let weights = [bed.weight(.f32, rows: 1, columns: columns)]
            let program = bed.program([bed.sequence(rows: rows)], weights: weights) {
                $0.embed(WeightID(0))
            }
            try bed.run(program)
            let tensor = program.output
            let values = try bed.device.read(tensor, of: program)
            let read = try watch.median { () throws(DeviceError) in
                _ = try bed.device.read(tensor, of: program)
            }
            // A device may put off what is written until a segment is committed.
            // The difference is small beside the run: each is taken from its neighbour.
            let write = try watch.medianTime { () throws(DeviceError) in
                let run = try Stopwatch.seconds { () throws(DeviceError) in try bed.run(program) }
                let both = try Stopwatch.seconds { () throws(DeviceError) in
                    try bed.device.write(values, to: tensor, of: program)
                    try bed.run(program)
                }
                return both - run
            }
            return (read, max(write, 1e-8), tensor.bytes)
        }
        let small = try times(rows: 1, columns: 32)
        let large = try times(rows: 512, columns: MeasuringBed.columns)
        func rate(_ small: Double, _ large: Double, _ bytes: Int) -> Double {
            Double(bytes) / Self.seconds(large, without: small)
        }
        let bytes = large.bytes - small.bytes
        return HostTransfer(
            readBytesPerSecond: rate(small.read, large.read, bytes), readLatency: small.read,
            writeBytesPerSecond: rate(small.write, large.write, bytes), writeLatency: small.write)
    }

    // MARK: Time

    /// Operations per second of a program that is large enough for the device to show what it can:
    /// the first that takes three milliseconds, or the last.
    private func growing<Size>(
        _ sizes: [Size], _ overhead: Double,
        _ make: (Size) throws(DeviceError) -> (program: Program, operations: Double)
    ) throws(DeviceError) -> Double {
        var timed = try make(sizes[0])
        // The first run may compile kernels.
        try bed.run(timed.program)
        for size in sizes.dropFirst() {
            let seconds = try Stopwatch.seconds { () throws(DeviceError) in
                try bed.run(timed.program)
            }
            guard seconds < 0.003 else { break }
            timed = try make(size)
            // It may touch new memory.
            try bed.run(timed.program)
        }
        let seconds = try watch.median { () throws(DeviceError) in try bed.run(timed.program) }
        return timed.operations / Self.seconds(seconds, without: overhead)
    }

    /// What is left of a time without a fixed cost, which is never the greater part of what is
    /// timed: where it seems to be, other processes were in the way.
    private static func seconds(_ time: Double, without overhead: Double) -> Double {
        max(time / 2, time - overhead)
    }
}
