import BoraCore
import BoraDevices
import CVulkan
import Synchronization

extension VulkanDevice {
    /// Bytes that one copy moves from pinned memory to the device.
    private static let portion = 8 << 20
    /// Threads that read the checkpoint into pinned memory, each with two portions of it.
    private static let loaders = 4
    /// What this pins of the host's memory at most.
    package static let stagingBytes = 2 * loaders * portion

    /// Part of one weight's bytes.
    private struct Portion: Sendable {
        let upload: Int
        let range: Range<Int>
    }

    package func store(
        _ uploads: [WeightUpload], progress: @escaping @Sendable (Int) -> Void
    ) throws(DeviceError) {
        let portions = uploads.indices.flatMap { index in
            let bytes = uploads[index].target.handle.bytes
            return stride(from: 0, to: bytes, by: Self.portion).map {
                Portion(upload: index, range: $0..<min($0 + Self.portion, bytes))
            }
        }
        let weights = memory(.weights)
        let next = Atomic(0)
        let failure = Condition<VulkanError?>(nil)
        try onThreads(min(Self.loaders, max(portions.count, 1))) { [context] in
            do throws(VulkanError) {
                let loader = try WeightLoader(context, portion: Self.portion)
                while failure.update({ $0 }) == nil {
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < portions.count else { break }
                    let portion = portions[index]
                    try loader.load(uploads[portion.upload], portion.range, into: weights)
                    progress(portion.range.count)
                }
                try loader.finish()
            } catch {
                failure.update { $0 = $0 ?? error }
            }
        }
        if let error = failure.update({ $0 }) { throw deviceError(error) }
    }

    /// Runs a body on so many threads, or on fewer where the system has no more, and waits.
    private func onThreads(
        _ count: Int, _ body: @escaping @Sendable () -> Void
    ) throws(DeviceError) {
        var threads: [DedicatedThread] = []
        for _ in 0..<count {
            do {
                threads.append(try DedicatedThread(name: "loader", body))
            } catch {
                guard threads.isEmpty else { break }
                throw DeviceError(.lost(reason: error.description), on: id)
            }
        }
        for thread in threads { thread.join() }
    }
}

/// Streams weights through two portions of pinned memory: one is filled while the other is copied.
private final class WeightLoader {
    private let queue: CommandQueue
    private let staging: [VulkanBuffer]
    /// The submission that last used each portion.
    private var uses: [UInt64] = [0, 0]
    private var turn = 0

    init(_ context: VulkanContext, portion: Int) throws(VulkanError) {
        queue = try CommandQueue(context, BORA_QUEUE_TRANSFER)
        staging = [
            try VulkanBuffer(context, bytes: portion, kind: BORA_MEMORY_UPLOAD),
            try VulkanBuffer(context, bytes: portion, kind: BORA_MEMORY_UPLOAD),
        ]
    }

    /// Copies a range of a weight's bytes to its place.
    func load(
        _ upload: WeightUpload, _ range: Range<Int>, into weights: VulkanArena
    ) throws(VulkanError) {
        try queue.wait(for: uses[turn])
        let buffer = staging[turn]
        switch upload.source {
        case .slice(let slice):
            unsafe slice.bytes.withUnsafeBytes { unsafe Self.fill(buffer, $0, range) }
        case .values(let values):
            unsafe values.withUnsafeBytes { unsafe Self.fill(buffer, $0, range) }
        }
        let place = weights.place(of: upload.target.handle.offset + range.lowerBound)
        try queue.begin()
        queue.copy(buffer, 0, to: place.buffer, place.offset, bytes: range.count)
        try queue.submit()
        uses[turn] = queue.submitted
        turn = 1 - turn
    }

    func finish() throws(VulkanError) { try queue.waitForAll() }

    private static func fill(
        _ buffer: VulkanBuffer, _ source: UnsafeRawBufferPointer, _ range: Range<Int>
    ) {
        precondition(range.upperBound <= source.count, "a weight has another size")
        unsafe buffer.mapped.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
    }
}
