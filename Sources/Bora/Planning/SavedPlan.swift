import BoraCore
import BoraDeviceMapping
import FoundationEssentials

/// A plan that was saved (`bora plan --json > FILE`), to load a model by.
package struct SavedPlan {
    /// More than this is no plan.
    private static let maxBytes = 1 << 24

    package let document: PlanDocument

    /// Reads a file.
    init(at path: String) throws {
        let source = try ByteSource(mapping: path)
        guard source.count <= Self.maxBytes, let text = source.bytes.text() else {
            throw SavedPlanError(path: path, problem: "it is no JSON text")
        }
        try self.init(text, path: path)
    }

    /// Reads a text.
    package init(_ text: String, path: String) throws(SavedPlanError) {
        struct Version: Decodable { let schema: Int }
        let data = Data(text.utf8)
        do {
            // What another version wrote need not have the fields of this one.
            let schema = try JSONDecoder().decode(Version.self, from: data).schema
            guard schema == PlanDocument.currentSchema else {
                throw SavedPlanError(
                    path: path,
                    problem: "its schema is \(schema), and this version of Bora reads "
                        + "\(PlanDocument.currentSchema)")
            }
            document = try JSONDecoder().decode(PlanDocument.self, from: data)
            guard document.policy.isSound else {
                throw SavedPlanError(path: path, problem: "'policy' has sizes that mean nothing")
            }
        } catch let error as SavedPlanError {
            throw error
        } catch {
            throw SavedPlanError(path: path, problem: Self.problem(error))
        }
    }

    /// The field that is wrong.
    private static func problem(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "it has no '\(key.stringValue)'"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "\(field(context)) is of another kind"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(field(context)) means nothing"
        default: "it is no plan"
        }
    }

    private static func field(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
        return path.isEmpty ? "it" : "'\(path.joined(separator: "."))'"
    }
}

/// A file that is no saved plan.
package struct SavedPlanError: DescribedError {
    fileprivate let path: String
    fileprivate let problem: String

    package var category: ErrorCategory { .invalidInput }
    package var identifier: String { "plan.malformed" }
    package var description: String {
        "\(path) cannot be used as a plan: \(problem); make a new one with 'bora plan --json'"
    }
}
