import BoraCore
import Testing

@Suite struct KVSpanTests {
    private static let windows: [Int?] = [nil, 1, 2, 5, 7, 8, 9, 16, 100]

    /// Against every token that every row sees, one by one.
    @Test(arguments: windows)
    func theBlocksOfAStepAreThoseItsTokensSee(window: Int?) {
        let span = KVSpan(blockTokens: 8, window: window)
        for start in 0..<40 {
            for end in start + 1..<60 {
                let seen = (start..<end).flatMap { p in
                    (0...p).filter { q in window.map { p - $0 < q } ?? true }
                }
                let blocks = Set(seen.map { $0 / 8 })
                #expect(Set(span.blocks(for: start..<end)) == blocks, "\(start)..<\(end)")
            }
        }
    }

    /// A sequence that takes its own blocks in turn never has two of a step's in one place.
    @Test(arguments: windows)
    func blocksTakenInTurnDoNotCollide(window: Int?) {
        let span = KVSpan(blockTokens: 8, window: window)
        let own = span.mostBlocks(tokens: 200, chunk: 13)
        for start in 0..<187 {
            let table = span.table(for: start..<start + 13, taking: 50..<50 + own)
            let needed = span.blocks(for: start..<start + 13)
            #expect(table.count == needed.upperBound)
            #expect(table.prefix(needed.lowerBound).allSatisfy { $0 == -1 })
            let taken = table.dropFirst(needed.lowerBound)
            #expect(Set(taken).count == needed.count)
            #expect(taken.allSatisfy { (50..<Int32(50 + own)).contains($0) })
        }
    }

    /// The bound holds for every start, and for some start it is reached.
    @Test(arguments: windows)
    func theMostBlocksAreTheMostOfAnyStep(window: Int?) {
        let span = KVSpan(blockTokens: 8, window: window)
        for tokens in [0, 1, 7, 8, 9, 64, 65] {
            for chunk in [1, 2, 8, 13, 64] {
                let counts = (0..<tokens).map { start in
                    span.blocks(for: start..<min(start + chunk, tokens)).count
                }
                let most = span.mostBlocks(tokens: tokens, chunk: chunk)
                #expect(counts.allSatisfy { $0 <= most }, "\(tokens) tokens by \(chunk)")
                if tokens >= 64 || window == nil { #expect(most == counts.max() ?? 0) }
            }
        }
    }
}
