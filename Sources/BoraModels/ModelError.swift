import BoraCore

/// A checkpoint is well formed, and no model can be made of it.
package struct ModelError: DescribedError {
    package enum Code: Equatable, Sendable {
        case unknownArchitecture(String, known: [String])
        case missingTensor(String)
        case wrongShape(tensor: String, expected: Shape, found: Shape)
        /// Tensors that the architecture would leave out: the answers would be wrong.
        case unusedTensors([String])
        case invalidHyperparameter(key: String, reason: String)
        case unsupportedFeature(String)
        /// The KV cache's type keeps numbers in blocks that do not fill a head of this width.
        case unsupportedCache(type: ElementType, headWidth: Int)
    }

    package let code: Code
    /// The checkpoint's name.
    package let checkpoint: String

    package init(_ code: Code, in checkpoint: String) {
        self.code = code
        self.checkpoint = checkpoint
    }

    package var category: ErrorCategory {
        switch code {
        case .unknownArchitecture, .unsupportedFeature, .unusedTensors: .unsupported
        case .missingTensor, .wrongShape, .invalidHyperparameter, .unsupportedCache: .invalidInput
        }
    }

    package var identifier: String {
        switch code {
        case .unknownArchitecture: "model.unknownArchitecture"
        case .missingTensor: "model.missingTensor"
        case .wrongShape: "model.wrongShape"
        case .unusedTensors: "model.unusedTensors"
        case .invalidHyperparameter: "model.invalidHyperparameter"
        case .unsupportedFeature: "model.unsupportedFeature"
        case .unsupportedCache: "model.unsupportedCache"
        }
    }

    package var description: String { "\(checkpoint): \(reason)" }

    private var reason: String {
        switch code {
        case .unknownArchitecture(let name, let known):
            "Bora does not know the architecture '\(name)'; "
                + "it knows \(known.joined(separator: ", "))"
        case .missingTensor(let name):
            "the tensor '\(name)' is missing; the file is incomplete or was converted wrongly"
        case .wrongShape(let tensor, let expected, let found):
            "the tensor '\(tensor)' has shape \(found), and the hyperparameters say \(expected)"
        case .unusedTensors(let names):
            "\(names.count) tensors belong to nothing in this architecture (\(names[0]) …): the "
                + "model has a feature that Bora does not run yet"
        case .invalidHyperparameter(let key, let reason):
            "the hyperparameter '\(key)' \(reason)"
        case .unsupportedFeature(let feature):
            "Bora does not run \(feature) yet"
        case .unsupportedCache(let type, let headWidth):
            "--kv-dtype \(type.rawValue) keeps \(type.blockElements) neighbours of a head "
                + "together, and this model has heads of \(headWidth); try f16 or bf16"
        }
    }
}
