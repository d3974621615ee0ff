/// A unigram language model (Kudo 2018): of all ways to cut a word into pieces, the one whose
/// scores, log probabilities, have the largest sum.
struct UnigramModel: TokenModel {
    private let trie: ByteTrie
    private let scores: [Double]
    private let fallback: Fallback
    /// What a character that is no piece is worth.
    private let unknownScore: Double

    /// What an unknown character loses to the worst piece (SentencePiece's `kUnkPenalty`).
    private static let unknownPenalty = 10.0
    private static let unknown: Int32 = -1

    /// The best way to reach a place in the text.
    private struct Step {
        var start = 0
        var token = UnigramModel.unknown
        var score = -Double.infinity
    }

    /// - Parameters:
    ///   - scores: by token.
    ///   - isUsed: the tokens that text may become.
    ///   - isRanked: those that the score of unknown characters goes by.
    init(
        _ pieces: PieceTable, scores: [Double], fallback: Fallback,
        isUsed: (Int) -> Bool, isRanked: (Int) -> Bool
    ) {
        var trie = ByteTrie()
        for id in scores.indices where isUsed(id) && !pieces[Int32(id)].isEmpty {
            trie.insert(pieces[Int32(id)], Int32(id))
        }
        self.trie = trie
        self.scores = scores
        self.fallback = fallback
        let worst = scores.indices.lazy.filter(isRanked).map { scores[$0] }.min() ?? 0
        unknownScore = worst - Self.unknownPenalty
    }

    func encode(_ text: [UInt8], _ words: [Range<Int>], into tokens: inout [Int32]) {
        for word in words { encode(text, word, into: &tokens) }
    }

    private func encode(_ text: [UInt8], _ word: Range<Int>, into tokens: inout [Int32]) {
        var path: [Step] = []
        let steps = bestSteps(text, word)
        var end = word.count
        while end > 0 {
            path.append(steps[end])
            end = steps[end].start
        }
        var position = word.lowerBound
        var followsUnknown = false
        for (index, step) in path.reversed().enumerated() {
            let next = index + 1 < path.count ? path[path.count - 2 - index].start : word.count
            let range = position..<word.lowerBound + next
            if step.token == Self.unknown {
                fallback.append(
                    text.span.extracting(range), followsUnknown: &followsUnknown, to: &tokens)
            } else {
                tokens.append(step.token)
                followsUnknown = false
            }
            position = range.upperBound
        }
    }

    /// The last step of the best way to each offset of a word.
    private func bestSteps(_ text: [UInt8], _ word: Range<Int>) -> [Step] {
        var steps = [Step](repeating: Step(), count: word.count + 1)
        steps[0].score = 0
        var start = 0
        while start < word.count {
            let score = steps[start].score
            let length = min(
                lengthOfCharacter(text[word.lowerBound + start]), word.count - start)
            var hasCharacter = false
            var node = ByteTrie.root
            var end = start
            while end < word.count, let next = trie.next(node, text[word.lowerBound + end]) {
                node = next
                end += 1
                guard let token = trie.value(node) else { continue }
                hasCharacter = hasCharacter || end == start + length
                let candidate = score + scores[Int(token)]
                if candidate > steps[end].score {
                    steps[end] = Step(start: start, token: token, score: candidate)
                }
            }
            if !hasCharacter, score + unknownScore > steps[start + length].score {
                steps[start + length] = Step(
                    start: start, token: Self.unknown, score: score + unknownScore)
            }
            start += length
        }
        return steps
    }
}
