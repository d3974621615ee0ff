import TestSupport
import Testing

/// The embedded model against `transformers` in float32 on its dequantized weights.
@Suite struct TaleGoldenTests {
    private let index: Golden.Tale

    init() throws {
        index = try Golden.index("tale")
    }

    private func load(on place: ReferencePlace) throws -> ReferenceRun {
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return try ReferenceRun(
            "/\(package)/Sources/CTale/tale-q8_0.gguf", on: place, isExact: true, context: 128)
    }

    @Test(arguments: ReferencePlace.processors)
    func theGreatestLogitsAgree(place: ReferencePlace) throws {
        let run = try load(on: place)
        let last = Array(try run.logits(index.prompt.ids).suffix(run.vocabulary))
        let order = last.indices.sorted { last[$0] > last[$1] }.prefix(20)
        let expected = index.prompt.topLogits
        #expect(order.map(Int32.init) == expected.map(\.id))
        #expect(relativeError(of: order.map { last[$0] }, to: expected.map(\.logit)) < 1e-4)
    }

    /// After each token of the greedy continuation, the greatest logit is that of the next: no two
    /// candidates are closer than `margin`, far more than the error of float32.
    @Test(arguments: ReferencePlace.processors)
    func theGreedyContinuationAgrees(place: ReferencePlace) throws {
        let run = try load(on: place)
        let ids = index.greedy.ids + index.greedy.continuation.dropLast()
        let logits = try run.logits(ids)
        let width = run.vocabulary
        let rows = index.greedy.ids.count - 1..<ids.count
        let greatest = rows.map { row -> Int32 in
            let scores = logits[row * width..<(row + 1) * width]
            let best = scores.indices.max { scores[$0] < scores[$1] }!
            return Int32(best - scores.startIndex)
        }
        #expect(greatest == index.greedy.continuation)
    }
}
