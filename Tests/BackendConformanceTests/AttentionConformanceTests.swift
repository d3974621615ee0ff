import BoraCore
import BoraDeviceMapping
import BoraDevices
import Glibc
import TestSupport
import Testing

/// Attention over the block cache, against a softmax in f64 over all scores.
@Suite struct AttentionConformanceTests {
    private struct Shape: Sendable, CustomTestStringConvertible {
        let heads: Int
        let keyValueHeads: Int
        let keyWidth: Int
        let valueWidth: Int
        let type: ElementType
        var window: Int?
        var softCap: Float?

        var testDescription: String {
            "\(heads)/\(keyValueHeads) heads, \(keyWidth)/\(valueWidth), \(type.displayName)"
                + (window.map { ", window \($0)" } ?? "") + (softCap.map { ", cap \($0)" } ?? "")
        }
    }

    private static let shapes = [
        Shape(heads: 4, keyValueHeads: 4, keyWidth: 8, valueWidth: 8, type: .f32),
        Shape(heads: 6, keyValueHeads: 2, keyWidth: 33, valueWidth: 45, type: .f32),
        Shape(heads: 8, keyValueHeads: 2, keyWidth: 64, valueWidth: 64, type: .f16),
        Shape(heads: 5, keyValueHeads: 1, keyWidth: 20, valueWidth: 50, type: .f16),
        Shape(heads: 7, keyValueHeads: 1, keyWidth: 256, valueWidth: 128, type: .f16),
        Shape(heads: 4, keyValueHeads: 2, keyWidth: 16, valueWidth: 16, type: .f16, window: 1),
        Shape(heads: 3, keyValueHeads: 3, keyWidth: 9, valueWidth: 32, type: .f32, window: 7),
        Shape(heads: 4, keyValueHeads: 1, keyWidth: 32, valueWidth: 64, type: .f16, window: 32),
        Shape(heads: 2, keyValueHeads: 2, keyWidth: 12, valueWidth: 12, type: .f32, window: 1000),
        Shape(heads: 4, keyValueHeads: 2, keyWidth: 40, valueWidth: 40, type: .f32, softCap: 0.5),
        Shape(
            heads: 4, keyValueHeads: 2, keyWidth: 32, valueWidth: 48, type: .f16, window: 33,
            softCap: 2),
        Shape(heads: 6, keyValueHeads: 2, keyWidth: 33, valueWidth: 45, type: .bf16),
        Shape(heads: 8, keyValueHeads: 1, keyWidth: 64, valueWidth: 64, type: .bf16, window: 50),
        Shape(heads: 6, keyValueHeads: 2, keyWidth: 64, valueWidth: 96, type: .q8_0),
        Shape(heads: 9, keyValueHeads: 1, keyWidth: 96, valueWidth: 32, type: .q8_0, window: 40),
        Shape(heads: 3, keyValueHeads: 3, keyWidth: 32, valueWidth: 64, type: .q8_0, softCap: 1),
    ]

    /// Three sequences of unlike lengths in two steps: the cache is filled, then continued.
    private static let firstRows = [70, 1, 33]
    private static let secondRows = [1, 40, 5]

    private struct Example {
        var fixture = OperationFixture()
        let shape: Shape
        let q: [Float]
        let k: [Float]
        let v: [Float]
        let ids: (q: WeightID, k: WeightID, v: WeightID)

        init(_ shape: Shape, rows: Int, using generator: inout SeededGenerator) {
            self.shape = shape
            let widths = (
                shape.heads * shape.keyWidth, shape.keyValueHeads * shape.keyWidth,
                shape.keyValueHeads * shape.valueWidth
            )
            q = generator.floats(rows * widths.0)
            k = generator.floats(rows * widths.1)
            v = generator.floats(rows * widths.2)
            ids = (
                fixture.add(rows: rows, columns: widths.0, q),
                fixture.add(rows: rows, columns: widths.1, k),
                fixture.add(rows: rows, columns: widths.2, v)
            )
            fixture.geometry = KVGeometry(
                heads: shape.keyValueHeads, keyWidth: shape.keyWidth, valueWidth: shape.valueWidth,
                type: shape.type, window: shape.window)
        }

        func attend(_ pass: inout ForwardPass) -> Tensor {
            let q = pass.embed(ids.q)
            let k = pass.embed(ids.k)
            let v = pass.embed(ids.v)
            return pass.attend(
                queries: q, keys: k, values: v, layer: 0, heads: shape.heads, scale: 0.4,
                softCap: shape.softCap)
        }

        /// The outputs of a step of sequences that had stored the rows `stored`: row r of the
        /// table is the query, the key and the value of the step's row r. `round` stands for what
        /// the cache does to its numbers.
        func expected(
            _ counts: [Int], after stored: inout [[Int]], round: ([Float]) -> [Float]
        ) -> [Double] {
            let (k, v) = (round(k), round(v))
            var row = 0
            return counts.indices.flatMap { sequence in
                (0..<counts[sequence]).flatMap { _ in
                    defer { row += 1 }
                    stored[sequence].append(row)
                    return expected(row: row, after: stored[sequence], k, v)
                }
            }
        }

        /// The output of one row that comes after the rows `stored`, itself included, of which it
        /// sees as many of the last as its window spans.
        private func expected(
            row: Int, after stored: [Int], _ k: [Float], _ v: [Float]
        ) -> [Double] {
            let s = shape
            let tokens = stored.suffix(s.window ?? stored.count)
            return (0..<s.heads).flatMap { head -> [Double] in
                let own = head * s.keyValueHeads / s.heads
                let scores = tokens.map { token in
                    let product = (0..<s.keyWidth).reduce(0.0) { sum, d in
                        sum + Double(q[(row * s.heads + head) * s.keyWidth + d])
                            * Double(k[(token * s.keyValueHeads + own) * s.keyWidth + d])
                    }
                    return s.softCap.map { Double($0) * tanh(0.4 * product / Double($0)) }
                        ?? 0.4 * product
                }
                let largest = scores.max() ?? 0
                let weights = scores.map { exponential($0 - largest) }
                let total = weights.reduce(0, +)
                return (0..<s.valueWidth).map { d in
                    zip(tokens, weights).reduce(0.0) { sum, next in
                        sum + next.1 / total
                            * Double(v[(next.0 * s.keyValueHeads + own) * s.valueWidth + d])
                    }
                }
            }
        }
    }

    @Test(arguments: ConformanceBackend.all, shapes)
    private func attendsToWhatIsBefore(backend: ConformanceBackend, shape: Shape) throws {
        try check(backend, shape, Self.firstRows, Self.secondRows)
    }

    /// Sequences so long that the tokens they see are split.
    @Test(
        arguments: ConformanceBackend.all,
        [
            Shape(heads: 6, keyValueHeads: 2, keyWidth: 33, valueWidth: 45, type: .f32),
            Shape(heads: 5, keyValueHeads: 1, keyWidth: 64, valueWidth: 50, type: .f16),
            Shape(
                heads: 4, keyValueHeads: 1, keyWidth: 32, valueWidth: 64, type: .q8_0, window: 290),
        ])
    private func attendsToLongContexts(backend: ConformanceBackend, shape: Shape) throws {
        try check(backend, shape, [501, 40, 290], [1, 2, 9])
    }

    private static let longShapes = [
        Shape(heads: 3, keyValueHeads: 1, keyWidth: 9, valueWidth: 20, type: .f32),
        Shape(heads: 2, keyValueHeads: 1, keyWidth: 16, valueWidth: 16, type: .f16, softCap: 2),
        Shape(heads: 2, keyValueHeads: 1, keyWidth: 32, valueWidth: 32, type: .q8_0, window: 1100),
    ]

    /// Sequences of more tokens than the CPU takes at once.
    @Test(arguments: ConformanceBackend.all, longShapes)
    private func attendsToVeryLongContexts(backend: ConformanceBackend, shape: Shape) throws {
        try check(backend, shape, [1, 1300, 1023], [1, 2, 1])
    }

    /// Runs a step of sequences of so many rows, and one that continues them.
    private func check(
        _ backend: ConformanceBackend, _ shape: Shape, _ firstRows: [Int], _ secondRows: [Int]
    ) throws {
        var generator = SeededGenerator(seed: 9)
        var example = Example(shape, rows: firstRows.reduce(0, +), using: &generator)
        example.fixture.sequences = zip(firstRows, secondRows).map { ($0 + $1, 0) }
        let loaded = try example.fixture.load(on: backend.makeDevice())

        example.fixture.sequences = firstRows.map { ($0, 0) }
        let first = try loaded.run(example.fixture.step) { example.attend(&$0) }.values
        example.fixture.sequences = zip(secondRows, firstRows).map { ($0, $1) }
        let second = try loaded.run(example.fixture.step) { example.attend(&$0) }
        let guards = second.account.entries.map(\.guardIntact)
        #expect(!guards.contains(false))

        // The cache rounds each number to the nearest that its type has.
        let lost = backend.attentionTolerance
        for (round, tolerance) in [
            ({ CacheReference.rounded($0, to: shape.type) }, lost),
            ({ $0 }, max(lost, CacheReference.tolerance(of: shape.type))),
        ] {
            var stored: [[Int]] = [[], [], []]
            let expected = [firstRows, secondRows].map {
                example.expected($0, after: &stored, round: round)
            }
            #expect(relativeError(first, expected[0]) < tolerance)
            #expect(relativeError(second.values, expected[1]) < tolerance)
        }
    }

    /// A sequence's result has the same bits alone and beside others, in one chunk or several, with
    /// every set of kernels and number of threads.
    @Test(arguments: shapes)
    private func aSequenceIsTheSameInEveryCompany(shape: Shape) throws {
        try checkCompany(shape, chunks: [0..<31, 31..<32, 32..<70])
    }

    /// The same where a step of few rows has its tokens split between threads.
    @Test(arguments: longShapes)
    private func aLongSequenceIsTheSameInEveryCompany(shape: Shape) throws {
        try checkCompany(shape, chunks: [0..<1200, 1200..<1201, 1201..<1210])
    }

    private func checkCompany(_ shape: Shape, chunks: [Range<Int>]) throws {
        let rows = chunks.last!.upperBound
        var generator = SeededGenerator(seed: 10)
        var example = Example(shape, rows: rows + 34, using: &generator)
        var reference: [UInt32]?
        for backend in ConformanceBackend.all where backend.isRowInvariant {
            example.fixture.sequences = [(rows, 0), (34, 0)]
            var loaded = try example.fixture.load(on: backend.makeDevice())
            let width = shape.heads * shape.valueWidth
            let together = try loaded.run(example.fixture.step) { example.attend(&$0) }
                .values.prefix(rows * width).map(\.bitPattern)
            if reference == nil { reference = together }
            #expect(together == reference, "\(backend.name)")

            example.fixture.sequences = [(rows, 0)]
            loaded = try example.fixture.load(on: backend.makeDevice())
            var parts: [UInt32] = []
            for chunk in chunks {
                example.fixture.sequences = [(chunk.count, chunk.lowerBound)]
                example.fixture.firstToken = Int32(chunk.lowerBound)
                parts += try loaded.run(example.fixture.step) { example.attend(&$0) }
                    .values.map(\.bitPattern)
            }
            example.fixture.firstToken = 0
            #expect(parts.elementsEqual(together), "\(backend.name), in chunks")
        }
    }
}
