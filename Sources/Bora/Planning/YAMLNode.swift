import BoraCore
import Yams

/// A value of a small YAML document that a person wrote, with the place where it stands.
package struct YAMLNode {
    /// No description of devices is longer.
    private static let maxBytes = 1 << 16

    private let file: String
    private let node: Node

    private init(file: String, node: Node) {
        self.file = file
        self.node = node
    }

    /// The document in a file.
    static func document(at path: String) throws -> YAMLNode {
        let source = try ByteSource(mapping: path)
        guard source.count <= maxBytes else {
            throw YAMLError(
                path, line: nil, "it has \(ByteCount(source.count)), and at most 64 KiB are read")
        }
        guard let text = source.bytes.text() else {
            throw YAMLError(path, line: nil, "it is not UTF-8 text")
        }
        return try document(in: text, file: path)
    }

    /// The one document of a text.
    static func document(in text: String, file: String) throws(YAMLError) -> YAMLNode {
        // Aliases of aliases can stand for more values than any memory holds.
        guard text.firstMatch(of: /(^|[\s,:\[{])&[\w-]/) == nil else {
            throw YAMLError(file, line: nil, "anchors (&) are not read; write the values out")
        }
        do {
            guard let node = try compose(yaml: text, .default, .default, .utf8) else {
                throw YAMLError(file, line: nil, "it is empty")
            }
            return YAMLNode(file: file, node: node)
        } catch let error as YamlError {
            throw YAMLError(file, error)
        } catch let error as YAMLError {
            throw error
        } catch {
            throw YAMLError(file, line: nil, "\(error)")
        }
    }

    var line: Int? { node.mark?.line }

    /// Where it stands, for messages.
    var place: String { YAMLError.place(file, line) }

    /// An error about this value.
    func error(_ problem: String) -> YAMLError { YAMLError(file, line: line, problem) }

    /// Text, a number included.
    func text(_ what: String) throws(YAMLError) -> String {
        guard let scalar = node.scalar else { throw error("\(what) has to be one value") }
        return scalar.string
    }

    /// The items of a list; nil when it is none.
    var items: [YAMLNode]? { node.sequence?.map { YAMLNode(file: file, node: $0) } }

    /// The keys and values of a mapping, in their order.
    func members(_ what: String) throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
        guard let mapping = node.mapping else {
            throw error("\(what) has to be a list of `key: value`")
        }
        return mapping.map { (YAMLNode(file: file, node: $0), YAMLNode(file: file, node: $1)) }
    }

    /// The values of a mapping that may have the `known` keys and no others.
    func fields(_ what: String, known: [String]) throws(YAMLError) -> [String: YAMLNode] {
        var fields: [String: YAMLNode] = [:]
        for (key, value) in try members(what) {
            let name = try key.text("a key of \(what)")
            guard known.contains(name) else {
                throw key.error(
                    "\(what) has no '\(name)'; it has \(known.joined(separator: ", "))")
            }
            fields[name] = value
        }
        return fields
    }
}

/// A YAML document that is not what it should be: file, line, problem and remedy.
package struct YAMLError: DescribedError {
    package let file: String
    /// From 1; nil when the document as a whole is meant.
    package let line: Int?
    private let problem: String

    fileprivate init(_ file: String, line: Int?, _ problem: String) {
        self.file = file
        self.line = line
        self.problem = problem
    }

    fileprivate init(_ file: String, _ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(file, line: mark.line, "it is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            self.init(
                file, line: context.mark.line, "\(keys) stands there twice; keep one of them")
        case .reader(let problem, _, _, _):
            self.init(file, line: nil, "it is no YAML: \(problem)")
        default:
            self.init(file, line: nil, "it is no YAML: \(error)")
        }
    }

    static func place(_ file: String, _ line: Int?) -> String {
        line.map { "\(file), line \($0)" } ?? file
    }

    package var category: ErrorCategory { .invalidInput }
    package var identifier: String { "yaml.malformed" }
    package var description: String { "\(Self.place(file, line)): \(problem)" }
}
