import BoraDevices
import CVulkan

/// Records a segment's launches, with barriers where one needs another's results, and submits them
/// in portions: small ones first, so that the device is at work while the rest is recorded, and
/// none that a driver's watchdog takes for a hang.
struct SegmentExecutor {
    /// Work of one submission, in seconds of estimated time.
    private static let portion = 0.1
    /// Launches of the first submission; each further one may have twice as many.
    private static let firstLaunches = 16
    /// Operations per second of a device of which nothing is known yet.
    private static let initialRate = 2e10

    let queue: CommandQueue
    private let traits: DeviceTraits
    private let input: StagingBuffer
    /// The step's input in the device's own memory: launches read it often, and the host's is far.
    private let localInput: StagingBuffer
    private let output: StagingBuffer
    /// Hidden states that have arrived for the next segment.
    private var arrived: [(values: [Float], target: Handle)] = []
    /// Where the last segment's results and guards lie in `output`.
    private var results: [(source: Handle, offset: Int)] = []
    private var guards: [(arena: Arena, range: Range<Int>)] = []
    private var rate = Self.initialRate
    private var started: (number: UInt64, operations: Double, at: ContinuousClock.Instant)?

    init(_ context: VulkanContext, traits: DeviceTraits) throws(VulkanError) {
        self.traits = traits
        queue = try CommandQueue(context, BORA_QUEUE_COMPUTE)
        input = StagingBuffer(context, BORA_MEMORY_UPLOAD)
        localInput = StagingBuffer(context, BORA_MEMORY_DEVICE)
        output = StagingBuffer(context, BORA_MEMORY_READBACK)
    }

    func waitUntilIdle() throws(VulkanError) { try queue.waitForAll() }

    /// Brings values into a tensor before the next segment runs.
    mutating func arrive(_ values: [Float], at target: Handle) {
        arrived.append((values, target))
    }

    /// - Returns: the number of the last submission.
    mutating func submit(
        _ program: Program, segment index: Int, layout: VulkanLayout,
        arenas: [Arena: VulkanArena]
    ) throws(VulkanError) -> UInt64 {
        try waitUntilIdle()
        defer { arrived = [] }
        let segment = program.segments[index]
        let address = { (handle: Handle) in arenas[handle.arena]!.address(of: handle) }
        let stepInput = StepInput(program, segment: index, address: address)
        let upload = try stage(stepInput)
        let local = try localInput.reserve(stepInput.bytes)
        try queue.begin()
        queue.copy(upload, 0, to: local, 0, bytes: stepInput.bytes)
        recordArrivals(from: upload, offset: stepInput.bytes, into: arenas)
        let encoder = SegmentEncoder(
            program: program, segment: index, layout: layout, traits: traits, input: stepInput,
            inputAddress: local.address, address: address)
        let start = ContinuousClock.now
        let operations = try record(segment.operations, of: program, by: encoder)
        try recordResults(of: program, segment: index, arenas: arenas)
        try queue.submit()
        started = (queue.submitted, operations, start)
        return queue.submitted
    }

    // MARK: Before

    /// The step's input, then the hidden states that have arrived, in pinned memory.
    private func stage(_ step: StepInput) throws(VulkanError) -> VulkanBuffer {
        let bytes = arrived.reduce(step.bytes) { $0 + $1.values.count * 4 }
        let upload = try input.reserve(bytes)
        unsafe step.words.withUnsafeBytes { unsafe upload.mapped.copyMemory(from: $0) }
        var offset = step.bytes
        for (values, _) in arrived {
            unsafe values.withUnsafeBytes { values in
                unsafe upload.mapped[offset...].copyBytes(from: values)
            }
            offset += values.count * 4
        }
        return upload
    }

    /// Ends with a barrier.
    private func recordArrivals(
        from upload: VulkanBuffer, offset: Int, into arenas: [Arena: VulkanArena]
    ) {
        var offset = offset
        for (values, target) in arrived {
            let place = arenas[.workspace]!.place(of: target.offset)
            queue.copy(upload, offset, to: place.buffer, place.offset, bytes: values.count * 4)
            offset += values.count * 4
        }
        queue.barrier()
    }

    // MARK: Launches

    /// - Returns: how many operations there are.
    private func record(
        _ range: Range<Int>, of program: Program, by encoder: SegmentEncoder
    ) throws(VulkanError) -> Double {
        var hazards = HazardTracker()
        var total = 0.0
        var operations = 0.0
        var launches = 0
        var mostLaunches = Self.firstLaunches
        for index in range {
            let work = program.operations[index].arithmetic(in: program.step)
            let isLong = operations > 0 && operations + work > rate * Self.portion
            if isLong || launches >= mostLaunches {
                try queue.submit()
                try queue.begin()
                queue.barrier()
                hazards = HazardTracker()
                operations = 0
                launches = 0
                mostLaunches *= 2
            }
            operations += work
            total += work
            for dispatch in encoder.dispatches(ofOperation: index) {
                if hazards.mustWait(for: dispatch) { queue.barrier() }
                try queue.dispatch(dispatch)
                launches += 1
            }
        }
        return total
    }

    // MARK: After

    /// Copies what others will read, and the guards, to pinned memory.
    private mutating func recordResults(
        of program: Program, segment index: Int, arenas: [Arena: VulkanArena]
    ) throws(VulkanError) {
        let segment = program.segments[index]
        let later = program.segments[(index + 1)...]
        var sources = later.flatMap(\.crossings).map(\.source).filter {
            $0.device == segment.device
        }
        // A step without output rows ends before the head, and its output has no place.
        let output = program.output
        if later.isEmpty, output.device == segment.device, output.rows > 0 {
            sources.append(output)
        }
        results = []
        guards = []
        var bytes = 0
        for source in sources {
            results.append((program.handle(of: source), bytes))
            bytes += source.bytes
        }
        let guarded = arenas.values.filter { $0.arena != .weights }
        let readback = try self.output.reserve(
            guarded.reduce(bytes) { $0 + $1.pieces.count * VulkanArena.guardBytes })
        queue.barrier()
        for result in results {
            let place = arenas[.workspace]!.place(of: result.source.offset)
            queue.copy(
                place.buffer, place.offset, to: readback, result.offset, bytes: result.source.bytes)
        }
        for arena in guarded {
            for piece in arena.pieces {
                let range = VulkanArena.guardRange(of: piece)
                queue.copy(
                    piece.buffer, range.lowerBound, to: readback, bytes, bytes: range.count)
                guards.append((arena.arena, bytes..<bytes + range.count))
                bytes += range.count
            }
        }
        queue.hostBarrier()
    }

    /// A submission is done: what it took says how fast the device is.
    mutating func finished(_ number: UInt64) {
        guard let started, started.number == number, started.operations > 0 else { return }
        let seconds = started.at.duration(to: .now) / .seconds(1)
        if seconds > 0.001 { rate = (rate + started.operations / seconds) / 2 }
        self.started = nil
    }

    /// An arena whose guard the last segment has broken.
    func brokenGuard() throws(VulkanError) -> Arena? {
        try waitUntilIdle()
        guard let readback = output.current else { return nil }
        return guards.first { _, range in
            let words = unsafe readback.mapped[range].bindMemory(to: UInt32.self)
            return unsafe !words.allSatisfy { $0 == VulkanArena.guardWord }
        }?.arena
    }

    /// The numbers of a tensor: from pinned memory where the last segment has left them there, else
    /// by a copy of its own.
    func read(
        _ source: Handle, count: Int, in workspace: VulkanArena
    ) throws(VulkanError) -> [Float] {
        try waitUntilIdle()
        if let result = results.first(where: { $0.source == source }), let staged = output.current {
            return Self.numbers(in: staged, at: result.offset, count: count)
        }
        let readback = try VulkanBuffer(
            queue.context, bytes: source.bytes, kind: BORA_MEMORY_READBACK)
        let place = workspace.place(of: source.offset)
        try queue.begin()
        queue.barrier()
        queue.copy(place.buffer, place.offset, to: readback, 0, bytes: source.bytes)
        queue.hostBarrier()
        try queue.submit()
        try waitUntilIdle()
        return Self.numbers(in: readback, at: 0, count: count)
    }

    private static func numbers(
        in buffer: VulkanBuffer, at offset: Int, count: Int
    ) -> [Float] {
        unsafe Array(buffer.mapped[offset..<offset + count * 4].bindMemory(to: Float.self))
    }
}
