import BoraDevices

/// What a step's launches read besides tensors, in one piece of 32-bit words that is uploaded for
/// each step: token ids, positions, sequences, block tables and output rows. Offsets are bytes from
/// its start.
struct StepInput {
    /// Starts of parts are multiples of this many bytes.
    private static let alignment = 16

    private(set) var words: [UInt32] = []
    /// Token ids, one per row.
    private(set) var tokens = 0
    /// Positions of the first axis, one per row.
    private(set) var positions = 0
    /// Which of the sequences each row belongs to.
    private(set) var rowSequences = 0
    private(set) var outputRows = 0
    /// For each KV group, the sequences: first row, rows, context, and where the block table starts
    /// in words.
    private(set) var sequences: [Int] = []
    /// For each KV group, the blocks that the step reads or writes, and those it writes, from the
    /// lowest to the highest id; nil for none.
    private(set) var usedBlocks: [ClosedRange<Int>?] = []
    private(set) var writtenBlocks: [ClosedRange<Int>?] = []

    var bytes: Int { 4 * words.count }

    init(_ step: Step) {
        tokens = append(step.tokens)
        positions = append(step.positions)
        rowSequences = append(
            step.sequences.indices.flatMap { index in
                Array(repeating: Int32(index), count: step.sequences[index].rows)
            })
        outputRows = append(step.outputRows)
        for group in 0..<(step.sequences.map(\.blocks.count).max() ?? 0) {
            append(step.sequences, group: group)
        }
    }

    private mutating func append(_ part: some Sequence<Int32>) -> Int {
        defer {
            words.append(contentsOf: part.lazy.map { UInt32(bitPattern: $0) })
            while !(4 * words.count).isMultiple(of: Self.alignment) { words.append(0) }
        }
        return 4 * words.count
    }

    private mutating func append(_ sequences: [Step.Sequence], group: Int) {
        let tables = sequences.map { Int32(append($0.blocks[group]) / 4) }
        self.sequences.append(
            append(
                zip(sequences, tables).flatMap { sequence, table in
                    [
                        Int32(sequence.firstRow), Int32(sequence.rows), Int32(sequence.context),
                        table,
                    ]
                }))
        usedBlocks.append(Self.span(sequences.lazy.flatMap { $0.blocks[group] }))
        writtenBlocks.append(
            Self.span(sequences.lazy.flatMap { $0.blocks[group][$0.writtenBlocks] }))
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
