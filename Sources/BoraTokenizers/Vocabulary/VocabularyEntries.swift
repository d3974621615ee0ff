import BoraCore

/// The vocabulary of a `tokenizer.json`: that of its model, and its added tokens.
struct VocabularyEntries {
    /// `BPE`, `Unigram` or `WordPiece`.
    let type: String
    let vocabulary: Vocabulary
    /// Log probabilities by token, of a unigram model.
    private(set) var scores: [Double] = []
    /// The token for what no other token stands for.
    private(set) var unknown: Int32?

    private static let known = ["BPE", "Unigram", "WordPiece"]

    init(_ model: JSONComponent, _ added: [AddedToken]) throws(TokenizerError) {
        type = try Self.type(of: model)
        guard Self.known.contains(type) else { throw try model.unknown("model", Self.known) }
        let tokens = try model.require("vocab")
        var pieces: [String]
        if type == "Unigram" {
            (pieces, scores) = try Self.scored(tokens)
        } else {
            pieces = try Self.numbered(tokens)
        }
        let missing = (added.map(\.id).max() ?? -1) + 1 - pieces.count
        guard missing <= Self.limit(pieces.count + added.count) else {
            throw tokens.error("an added token's id is far beyond the number of tokens")
        }
        pieces += [String](repeating: "", count: max(missing, 0))
        if type == "Unigram" { scores += [Double](repeating: 0, count: max(missing, 0)) }
        var kinds = pieces.map { $0.isEmpty ? Vocabulary.Kind.unused : .normal }
        for token in added {
            pieces[token.id] = token.text
            kinds[token.id] = token.isSpecial ? .control : .userDefined
        }
        let merges = type == "BPE" ? try Self.merges(model.require("merges")) : []
        vocabulary = try Vocabulary(pieces: pieces, kinds: kinds, merges: merges)
        unknown = try readUnknown(model)
    }

    /// Old files leave the type out.
    private static func type(of model: JSONComponent) throws(TokenizerError) -> String {
        if let type = model["type"] { return try type.string }
        if model["merges"] != nil { return "BPE" }
        return try model.require("vocab").value.array == nil ? "WordPiece" : "Unigram"
    }

    /// How large an id may be: holes are allowed, memory for damaged files is not.
    private static func limit(_ count: Int) -> Int { min(4 * count + 100_000, Vocabulary.largest) }

    /// `{"a": 0, …}`.
    private static func numbered(_ tokens: JSONComponent) throws(TokenizerError) -> [String] {
        let members = try tokens.object.members
        var pieces = [String](repeating: "", count: members.count)
        for member in members {
            guard let id = member.value.integer, 0...limit(members.count) ~= id else {
                throw tokens.error("the id of \"\(member.key)\" is not one")
            }
            if id >= pieces.count {
                pieces += [String](repeating: "", count: id + 1 - pieces.count)
            }
            pieces[id] = member.key
        }
        return pieces
    }

    /// `[["a", -1.5], …]`.
    private static func scored(
        _ tokens: JSONComponent
    ) throws(TokenizerError) -> ([String], [Double]) {
        guard let entries = tokens.value.array else { throw tokens.error("it is not a list") }
        var pieces: [String] = []
        var scores: [Double] = []
        for (index, entry) in entries.enumerated() {
            guard let pair = entry.array, pair.count == 2, let piece = pair[0].string,
                let score = pair[1].number
            else { throw tokens.error("entry \(index) is not a piece and its score") }
            pieces.append(piece)
            scores.append(score)
        }
        return (pieces, scores)
    }

    /// `["a b", …]` or `[["a", "b"], …]`.
    private static func merges(
        _ component: JSONComponent
    ) throws(TokenizerError) -> [Vocabulary.Merge] {
        guard let entries = component.value.array else {
            throw component.error("it is not a list")
        }
        var merges: [Vocabulary.Merge] = []
        merges.reserveCapacity(entries.count)
        for (rank, entry) in entries.enumerated() {
            let merge: Vocabulary.Merge? =
                if let text = entry.string {
                    Vocabulary.Merge(text)
                } else if let pair = entry.array, pair.count == 2, let left = pair[0].string,
                    let right = pair[1].string
                {
                    Vocabulary.Merge(left, right)
                } else {
                    nil
                }
            guard let merge else { throw component.error("merge \(rank) is not two pieces") }
            merges.append(merge)
        }
        return merges
    }

    private func readUnknown(_ model: JSONComponent) throws(TokenizerError) -> Int32? {
        if type == "Unigram" {
            return try model["unk_id"].map { id throws(TokenizerError) in
                try id.token(below: vocabulary.pieces.count)
            }
        }
        guard let name = model["unk_token"] else { return nil }
        let text = try name.string
        guard let id = vocabulary.pieces.firstIndex(of: text) else {
            throw name.error("the vocabulary does not have it")
        }
        return Int32(id)
    }
}
