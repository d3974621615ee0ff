import BoraCore
import BoraDevices
import CVulkan

extension VulkanDevice {
    package func checkGuards() throws(DeviceError) {
        let broken = try locked { state throws(VulkanError) in try state.executor.brokenGuard() }
        if let broken { throw DeviceError(.guardBroken(arena: broken), on: id) }
    }

    package var account: ArenaAccount {
        let arenas = state.update { $0.arenas }
        let order: [Arena] =
            [.weights] + state.update { $0.groups.keys.sorted() }.map { .kv(group: $0) }
            + [.workspace]
        return ArenaAccount(
            entries: order.compactMap { arenas[$0] }.map { arena in
                // A device that no longer answers has touched nothing that can be read.
                let scan = try? scan(arena)
                return ArenaAccount.Entry(
                    arena: arena.arena, bytes: arena.bytes, touched: scan?.touched ?? 0,
                    guardIntact: scan?.guardIntact ?? false)
            })
    }

    /// Reads an arena from behind until a byte is not zero: fresh memory is zero.
    private func scan(
        _ arena: VulkanArena
    ) throws(DeviceError) -> (touched: Int, guardIntact: Bool) {
        try locked { state throws(VulkanError) in
            try state.executor.waitUntilIdle()
            let reader = try ArenaReader(context)
            var touched = 0
            var guardIntact = true
            for piece in arena.pieces.reversed() {
                let words = try reader.read(piece.buffer, VulkanArena.guardRange(of: piece))
                guardIntact = guardIntact && words.allSatisfy { $0 == 0xA5 }
                if touched == 0 {
                    let end = try reader.end(of: piece.buffer, bytes: piece.range.count)
                    if end > 0 { touched = piece.range.lowerBound + end }
                }
            }
            return (touched, guardIntact)
        }
    }
}

/// Copies device memory to the host, a portion at a time.
private struct ArenaReader {
    private static let portion = 1 << 22

    private let queue: CommandQueue
    private let readback: VulkanBuffer

    init(_ context: VulkanContext) throws(VulkanError) {
        queue = try CommandQueue(context, BORA_QUEUE_COMPUTE)
        readback = try VulkanBuffer(context, bytes: Self.portion, kind: BORA_MEMORY_READBACK)
    }

    func read(_ buffer: VulkanBuffer, _ range: Range<Int>) throws(VulkanError) -> [UInt8] {
        try queue.begin()
        queue.barrier()
        queue.copy(buffer, range.lowerBound, to: readback, 0, bytes: range.count)
        queue.hostBarrier()
        try queue.submit()
        try queue.waitForAll()
        return unsafe Array(readback.mapped.prefix(range.count))
    }

    /// One past the last byte of the first `bytes` that is not zero.
    func end(of buffer: VulkanBuffer, bytes: Int) throws(VulkanError) -> Int {
        var end = bytes
        while end > 0 {
            let start = max(0, end - Self.portion)
            let portion = try read(buffer, start..<end)
            if let last = portion.lastIndex(where: { $0 != 0 }) { return start + last + 1 }
            end = start
        }
        return 0
    }
}
