import BoraDevices

/// What a segment's launches read besides tensors, in one piece of 32-bit words that is uploaded
/// for each step: token ids, positions, sequences, where their KV blocks lie, and output rows.
/// Offsets are bytes from its start.
package struct StepInput {
    /// What the layers of one KV group read.
    package struct Group {
        /// For each sequence: first row, rows, context, and the offset of its block table, in
        /// which an address of 64 bits stands for each block.
        package let sequences: Int
        /// The blocks that the step reads or writes, and those it writes, from the lowest to the
        /// highest id; nil for none.
        package let used: ClosedRange<Int>?
        package let written: ClosedRange<Int>?
    }

    /// Starts of parts are multiples of this many bytes.
    private static let alignment = 16

    package private(set) var words: [UInt32] = []
    /// Token ids, one per row.
    package private(set) var tokens = 0
    /// Positions of the first axis, one per row.
    package private(set) var positions = 0
    /// Which of the sequences each row belongs to.
    package private(set) var rowSequences = 0
    package private(set) var outputRows = 0
    private var groups: [Int: Group] = [:]

    package var bytes: Int { 4 * words.count }

    /// - Parameter address: where a handle lies; a block of all layers lies in one piece.
    package init(_ program: Program, segment: Int, address: (Handle) -> UInt64) {
        let step = program.step
        tokens = append(step.tokens.map { UInt32(bitPattern: $0) })
        positions = append(step.positions.map { UInt32(bitPattern: $0) })
        rowSequences = append(
            step.sequences.indices.flatMap { index in
                Array(repeating: UInt32(index), count: step.sequences[index].rows)
            })
        outputRows = append(step.outputRows.map { UInt32(bitPattern: $0) })
        for operation in program.operations[program.segments[segment].operations] {
            guard case .appendKV(let op) = operation, groups[op.slot.group] == nil else { continue }
            groups[op.slot.group] = append(op.slot, step.sequences, address)
        }
    }

    /// Traps where the segment stores nothing for the slot's group.
    package func group(of slot: KVSlot) -> Group { groups[slot.group]! }

    /// - Returns: where the part starts.
    private mutating func append(_ part: [UInt32]) -> Int {
        defer {
            words += part
            while !(4 * words.count).isMultiple(of: Self.alignment) { words.append(0) }
        }
        return 4 * words.count
    }

    private mutating func append(
        _ slot: KVSlot, _ sequences: [Step.Sequence], _ address: (Handle) -> UInt64
    ) -> Group {
        let bytes = slot.layers * slot.geometry.blockBytes
        let tables = sequences.map { sequence in
            append(
                sequence.blocks[slot.group].flatMap { block -> [UInt32] in
                    guard block >= 0 else { return [0, 0] }
                    let start = address(
                        Handle(
                            device: slot.device, arena: slot.arena, offset: Int(block) * bytes,
                            bytes: bytes))
                    return [UInt32(truncatingIfNeeded: start), UInt32(start >> 32)]
                })
        }
        let start = append(
            zip(sequences, tables).flatMap { sequence, table in
                [sequence.firstRow, sequence.rows, sequence.context, table].map { UInt32($0) }
            })
        return Group(
            sequences: start,
            used: Self.span(sequences.lazy.flatMap { $0.blocks[slot.group] }),
            written: Self.span(
                sequences.lazy.flatMap { $0.blocks[slot.group][$0.writtenBlocks] }))
    }

    /// From the lowest to the highest of the ids that are no -1.
    private static func span(_ blocks: some Sequence<Int32>) -> ClosedRange<Int>? {
        var span: ClosedRange<Int>?
        for block in blocks where block >= 0 {
            let own = Int(block)
            span = span.map { min($0.lowerBound, own)...max($0.upperBound, own) } ?? own...own
        }
        return span
    }
}

extension Step.Sequence {
    /// Places in its block table of the blocks that the step's tokens are stored in.
    fileprivate var writtenBlocks: Range<Int> {
        let size = KVGeometry.blockTokens
        return rows == 0 ? 0..<0 : context / size..<(context + rows + size - 1) / size
    }
}
