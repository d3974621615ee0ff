import BoraCore

/// A part of a `tokenizer.json`, with its place for messages.
struct JSONComponent {
    let value: JSONValue
    /// `pre_tokenizer.pretokenizers[1]`.
    let path: String
    let file: String

    /// The member `type`, which says what a component is.
    var type: String {
        get throws(TokenizerError) { try string("type") }
    }

    /// A member that is there and not null.
    subscript(key: String) -> JSONComponent? {
        guard let member = value[key], !member.isNull else { return nil }
        return JSONComponent(
            value: member, path: path.isEmpty ? key : "\(path).\(key)", file: file)
    }

    func require(_ key: String) throws(TokenizerError) -> JSONComponent {
        guard let member = self[key] else { throw error("it has no \"\(key)\"") }
        return member
    }

    func string(_ key: String) throws(TokenizerError) -> String { try require(key).string }

    func string(_ key: String, default fallback: String) throws(TokenizerError) -> String {
        try self[key]?.string ?? fallback
    }

    func bool(_ key: String, default fallback: Bool) throws(TokenizerError) -> Bool {
        guard let member = self[key] else { return fallback }
        guard let value = member.value.bool else { throw member.error("it is not true or false") }
        return value
    }

    func integer(_ key: String, default fallback: Int? = nil) throws(TokenizerError) -> Int {
        if let fallback, self[key] == nil { return fallback }
        let member = try require(key)
        guard let value = member.value.integer else { throw member.error("it is not an integer") }
        return value
    }

    var string: String {
        get throws(TokenizerError) {
            guard let text = value.string else { throw error("it is not a string") }
            return text
        }
    }

    var list: [JSONComponent] {
        get throws(TokenizerError) {
            guard let values = value.array else { throw error("it is not a list") }
            return values.enumerated().map { index, value in
                JSONComponent(value: value, path: "\(path)[\(index)]", file: file)
            }
        }
    }

    var object: JSONObject {
        get throws(TokenizerError) {
            guard let object = value.object else { throw error("it is not an object") }
            return object
        }
    }

    /// A token's id, which must be one of a vocabulary of `count`.
    func token(below count: Int) throws(TokenizerError) -> Int32 {
        guard let id = value.integer, 0..<count ~= id else {
            throw error("it is not the id of a token")
        }
        return Int32(id)
    }

    func error(_ problem: String) -> TokenizerError {
        TokenizerError(
            .malformedFile,
            "\(file), \(path.isEmpty ? "the document" : path): \(problem). Download the file again")
    }

    /// The error for a component that Bora does not have.
    func unknown(_ kind: String, _ known: [String]) throws(TokenizerError) -> TokenizerError {
        TokenizerError(
            .unknownComponent,
            "\(file), \(path): Bora does not know the \(kind) \"\(try type)\"; it knows "
                + "\(known.joined(separator: ", ")). Use a newer Bora or another model")
    }
}
