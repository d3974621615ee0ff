import BoraCore
import FoundationEssentials
import TestSupport

/// Outputs of reference tools in `Resources`; `scripts/make_*_goldens.py` say how they were made.
enum Golden {
    static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/Resources/\(name)"
    }

    static func array(_ name: String) throws -> NPYArray {
        try NPYArray(reading: path("\(name).npy"))
    }

    static func index<Index: Decodable>(_ name: String, as type: Index.Type = Index.self) throws
        -> Index
    {
        let bytes = try ByteSource(mapping: path("\(name).json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Index.self, from: Data(bytes.bytes.text()!.utf8))
    }

    /// The tiny models of every architecture: see `SavedModel`.
    struct Models: Decodable {
        struct Model: Decodable {
            let ids: [Int32]
            let stages: [String]
            let hasGguf: Bool
        }

        let models: [String: Model]
    }

    /// The small models in each weight format: `format-F.exact.npy`, `format-F.llama-cpp.npy`.
    struct Formats: Decodable {
        static let names = [
            "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k", "q4_k",
            "q5_k", "q6_k", "iq4_nl", "iq4_xs",
        ]

        struct Errors: Decodable {
            /// llama.cpp's logits against those of exactly dequantized weights: the error of
            /// arithmetic on activations rounded for the format.
            let llamaCppError: Double
        }

        let ids: [Int32]
        let formats: [String: Errors]
    }

    /// The embedded model.
    struct Tale: Decodable {
        struct Prompt: Decodable {
            struct Candidate: Decodable {
                let id: Int32
                let logit: Float
            }

            let text: String
            let ids: [Int32]
            /// The greatest logits after the prompt, greatest first.
            let topLogits: [Candidate]
        }

        struct Greedy: Decodable {
            let rendered: String
            let ids: [Int32]
            let continuation: [Int32]
            let text: String
            /// The smallest lead of a chosen token's logit over the next.
            let margin: Float
        }

        struct Perplexity: Decodable {
            let engine: String
            let weights: String
            let context: Int
            /// Chunks scored; all of the text when nil.
            let chunks: Int?
            let perplexity: Double
            let error: Double
        }

        let prompt: Prompt
        let greedy: Greedy
        let heldoutTokens: Int
        let perplexity: [Perplexity]
    }
}
