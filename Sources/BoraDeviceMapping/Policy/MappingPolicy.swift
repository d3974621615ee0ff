/// The sizes a plan is made for, and what the user wants of it. The sizes are expectations, not
/// limits at run time.
package struct MappingPolicy: Codable, Equatable, Sendable {
    /// Longest sequence, prompt and answer together, in tokens.
    package var maxSequenceLength = 4096
    /// Sequences that generate at the same time.
    package var maxBatchSize = 1
    /// Images of one request, for models that see.
    package var maxImages = 1
    /// Longest edge of an image, in pixels.
    package var maxImageLength = 1024
    /// Tokens of one step: prompts run in chunks of this size, or of a half or a quarter where the
    /// planner finds that better (`DeviceMap.policy` has its choice).
    package var chunkTokens = 512
    /// Rows of logits of one step; nil for one per sequence.
    package var logitsRows: Int?
    /// Bytes left free on each device; nil for 1 % of the device and at least 128 MiB.
    package var reserveBytes: Int?
    /// Prompt and generated tokens of the work to be fast at; nil for half and an eighth of
    /// `maxSequenceLength`.
    package var expected: ExpectedWork?
    /// Parts that the user fixed; the planner keeps them and places the rest.
    package var pins: [Pin] = []
    /// The user's manual map; nil for an automatic one.
    package var deviceLayers: DeviceLayers?

    private enum CodingKeys: String, CodingKey {
        case maxSequenceLength = "max_sequence_length"
        case maxBatchSize = "max_batch_size"
        case maxImages = "max_images"
        case maxImageLength = "max_image_length"
        case chunkTokens = "chunk_tokens"
        case logitsRows = "logits_rows"
        case reserveBytes = "reserve_bytes"
        case expected, pins
        case deviceLayers = "device_layers"
    }

    /// Tokens of a sequence, or of expected work.
    package static let tokens = 1...1 << 24
    /// Sequences, images, and what else is counted one by one.
    package static let counts = 1...1 << 14

    package init() {}

    /// Whether its sizes are such that no sum of bytes or times overflows: a policy that was read
    /// from a file may hold anything.
    package var isSound: Bool {
        let tokens =
            [maxSequenceLength] + (expected.map { [$0.promptTokens, $0.generatedTokens] } ?? [])
        let counts = [maxBatchSize, maxImages, maxImageLength, chunkTokens, logitsRows ?? 1]
        return tokens.allSatisfy(Self.tokens.contains) && counts.allSatisfy(Self.counts.contains)
            && reserveBytes ?? 0 >= 0 && deviceLayers?.isSound ?? true
    }

    package var expectedWork: ExpectedWork {
        expected
            ?? ExpectedWork(
                promptTokens: max(1, maxSequenceLength / 2),
                generatedTokens: max(1, maxSequenceLength / 8))
    }

    /// Sizes of a prompt's chunk that the planner may choose: as given, a half, a quarter. Small
    /// ones keep more devices busy at once, and read all weights more often.
    package var chunkChoices: [Int] {
        [chunkTokens] + [chunkTokens / 2, chunkTokens / 4].filter { $0 >= 128 }
    }

    /// Tokens of a prompt's chunk.
    package var promptChunk: Int { min(chunkTokens, maxSequenceLength) }

    /// Rows of logits of the largest step.
    package var stepOutputRows: Int { logitsRows ?? maxBatchSize }

    /// Tokens of the largest step: a chunk of one prompt beside a token of every other sequence.
    package var stepTokens: Int { promptChunk + stepOutputRows - 1 }

    package func reserve(ofTotal totalBytes: Int) -> Int {
        reserveBytes ?? max(128 << 20, totalBytes / 100)
    }
}

/// A request's work: a prompt, then tokens generated one by one.
package struct ExpectedWork: Codable, Equatable, Sendable {
    package let promptTokens: Int
    package let generatedTokens: Int

    private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case generatedTokens = "generated_tokens"
    }

    package init(promptTokens: Int, generatedTokens: Int) {
        self.promptTokens = promptTokens
        self.generatedTokens = generatedTokens
    }
}
