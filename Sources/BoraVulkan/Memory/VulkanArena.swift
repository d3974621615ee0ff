import BoraDevices
import CVulkan

/// A range of a device's memory, cut into pieces where one allocation may not be as large. Fresh
/// memory is zeroed, and guard bytes behind each piece show an overrun.
package final class VulkanArena: Sendable {
    struct Piece: Sendable {
        /// The arena's bytes that it holds.
        let range: Range<Int>
        let buffer: VulkanBuffer
    }

    static let guardBytes = 256
    static let guardWord: UInt32 = 0xA5A5_A5A5

    let arena: Arena
    let pieces: [Piece]
    /// What of the arena each allocation holds.
    package var ranges: [Range<Int>] { pieces.map(\.range) }

    /// - Parameters:
    ///   - cuts: offsets where a piece may begin, ascending.
    ///   - limit: largest allocation, in bytes.
    init(
        _ arena: Arena, bytes: Int, cuts: [Int], limit: Int, context: VulkanContext
    ) throws(VulkanError) {
        self.arena = arena
        var pieces: [Piece] = []
        for range in Self.ranges(bytes: bytes, cuts: cuts, limit: limit - Self.guardBytes) {
            pieces.append(try Self.piece(range, context))
        }
        self.pieces = pieces
    }

    private init(_ arena: Arena, pieces: [Piece]) {
        self.arena = arena
        self.pieces = pieces
    }

    private static func piece(
        _ range: Range<Int>, _ context: VulkanContext
    ) throws(VulkanError) -> Piece {
        Piece(
            range: range,
            buffer: try VulkanBuffer(
                context, bytes: range.count + guardBytes, kind: BORA_MEMORY_DEVICE))
    }

    /// The arena with one more piece behind it: nothing that is stored moves.
    func grown(to bytes: Int, context: VulkanContext) throws(VulkanError) -> VulkanArena {
        VulkanArena(arena, pieces: pieces + [try Self.piece(self.bytes..<bytes, context)])
    }

    /// As few ranges as the cuts and the limit allow. One that no cut makes short enough stays
    /// whole, and it is for the driver to refuse it.
    package static func ranges(bytes: Int, cuts: [Int], limit: Int) -> [Range<Int>] {
        guard bytes > limit else { return [0..<bytes] }
        var ranges: [Range<Int>] = []
        var start = 0
        var last = 0
        for cut in cuts + [bytes] where cut > last {
            if cut - start > limit, last > start {
                ranges.append(start..<last)
                start = last
            }
            last = cut
        }
        return ranges + [start..<bytes]
    }

    /// Bytes of the arena, guards apart.
    var bytes: Int { pieces.last?.range.upperBound ?? 0 }

    /// The piece that holds an offset, and the offset inside. Traps outside the arena.
    func place(of offset: Int) -> (buffer: VulkanBuffer, offset: Int) {
        var low = 0
        var high = pieces.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if pieces[middle].range.lowerBound <= offset { low = middle } else { high = middle - 1 }
        }
        let piece = pieces[low]
        precondition(
            offset >= piece.range.lowerBound && offset <= piece.range.upperBound,
            "offset \(offset) is outside the \(arena) arena")
        return (piece.buffer, offset - piece.range.lowerBound)
    }

    /// The device's address of a handle's first byte. Traps when it does not lie inside one piece.
    func address(of handle: Handle) -> UInt64 {
        let (buffer, offset) = place(of: handle.offset)
        precondition(
            offset + handle.bytes <= buffer.bytes - Self.guardBytes,
            "\(handle) is outside its arena")
        return buffer.address + UInt64(offset)
    }

    /// Records the zeroing of pieces from `first` on, and the writing of their guards.
    func recordFilling(on queue: CommandQueue, fromPiece first: Int = 0) {
        for piece in pieces[first...] {
            let bytes = piece.range.count
            queue.fill(piece.buffer, 0, bytes: (bytes + 3) / 4 * 4, with: 0)
            queue.barrier()
            queue.fill(
                piece.buffer, (bytes + 3) / 4 * 4, bytes: Self.guardBytes - 4,
                with: Self.guardWord)
        }
        queue.barrier()
    }

    /// Where the guard of a piece is: the bytes that `recordFilling` set.
    static func guardRange(of piece: Piece) -> Range<Int> {
        let start = (piece.range.count + 3) / 4 * 4
        return start..<start + guardBytes - 4
    }
}
