import BoraFormats
import TestSupport
import Testing

/// A tiny model in one of the forms that it is saved in, with what `transformers` computes with it
/// in float32. `scripts/make_architecture_goldens.py` made them.
struct SavedModel: CustomTestStringConvertible {
    enum Form {
        /// A folder as `transformers` saves it.
        case folder
        case gguf
    }

    let name: String
    let form: Form
    let ids: [Int32]
    /// What each entry of the first axis of `hidden` is.
    let stages: [String]

    /// Every model of the index in every form that the index says it has.
    static func all() throws -> [SavedModel] {
        let index: Golden.Models = try Golden.index("models/index")
        return index.models.sorted { $0.key < $1.key }.flatMap { name, model in
            (model.hasGguf ? [Form.folder, .gguf] : [.folder]).map {
                SavedModel(name: name, form: $0, ids: model.ids, stages: model.stages)
            }
        }
    }

    var testDescription: String { "\(name), \(form)" }

    /// The path that the model is opened by.
    var path: String {
        switch form {
        case .folder: Golden.path("models/\(name)")
        case .gguf: Golden.path("models/\(name)/model.gguf")
        }
    }

    /// Its configuration, which can be opened without the weights beside it.
    var configuration: String { Golden.path("models/\(name)/config.json") }

    /// The residual stream, `[stage, token, hidden]`.
    var hidden: NPYArray {
        get throws { try Golden.array("models/\(name)/hidden") }
    }

    /// `[token, vocabulary]`.
    var logits: NPYArray {
        get throws { try Golden.array("models/\(name)/logits") }
    }

    /// Loads the model, planned for its ids and no more.
    func run(
        on place: ReferencePlace = .cpu(), isExact: Bool = true, chunk: Int = .max
    ) throws -> ReferenceRun {
        try ReferenceRun(path, on: place, isExact: isExact, context: ids.count, chunk: chunk)
    }
}
