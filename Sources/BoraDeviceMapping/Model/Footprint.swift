import BoraCore

/// What a model costs at the sizes it is planned for, part by part. It is made by running the
/// model's own forward pass on a backend that computes nothing; no device and no weights are
/// needed.
package struct Footprint: Codable, Equatable, Sendable {
    /// One stored tensor: `[rows, columns]`, a vector being one row.
    package struct Tensor: Codable, Equatable, Sendable {
        /// What a step reads of it.
        package enum Use: Codable, Hashable, Sendable {
            /// All of it, once for all the step's tokens.
            case whole
            /// One row for each token: a table that is looked up.
            case rowPerToken
            /// A matrix of routed experts, `count` of them one below the other, of which each token
            /// visits `chosen`.
            case experts(count: Int, chosen: Int)
        }

        package let name: String
        package let part: Part
        package let type: ElementType
        package let rows: Int
        package let columns: Int
        /// What it takes in a weights arena, alignment included.
        package let stored: BytesByKind
        package let use: Use

        package init(
            name: String, part: Part, type: ElementType, rows: Int, columns: Int,
            stored: BytesByKind, use: Use = .whole
        ) {
            self.name = name
            self.part = part
            self.type = type
            self.rows = rows
            self.columns = columns
            self.stored = stored
            self.use = use
        }

        package var elements: Int { rows * columns }
    }

    /// The KV cache of one layer.
    package struct LayerCache: Codable, Equatable, Sendable {
        package let layer: Int
        /// Layers of one geometry share block tables, and form a group.
        package let group: Int
        package let blockTokens: Int
        /// One block of this layer: keys and values of `blockTokens` tokens.
        package let blockBytes: Int
        /// The same in q8_0; nil where the heads do not take it.
        package var blockBytesInQ8: Int?
        /// Tokens that a token sees, its own included; nil for all before it.
        package let window: Int?
        /// Multiplications and additions of attention, for each token and each token it sees.
        package var operationsPerPair = 0
        /// Heads of keys and values.
        package var heads = 0

        package init(
            layer: Int, group: Int, blockTokens: Int, blockBytes: Int, window: Int? = nil
        ) {
            self.layer = layer
            self.group = group
            self.blockTokens = blockTokens
            self.blockBytes = blockBytes
            self.window = window
        }
    }

    /// The workspace that a part needs at its peak.
    package struct Workspace: Codable, Equatable, Sendable {
        package let part: Part
        /// Tokens of a prompt's chunk that it is for; nil for any: the activations of images.
        package let chunk: Int?
        package let bytes: BytesByKind

        package init(part: Part, chunk: Int? = nil, bytes: BytesByKind) {
            self.part = part
            self.chunk = chunk
            self.bytes = bytes
        }
    }

    /// Digest of the checkpoint's header, so that a saved plan knows the model it was made for.
    package let fingerprint: String
    package let architecture: String
    package let layers: Int
    package let tensors: [Tensor]
    package let caches: [LayerCache]
    package let workspace: [Workspace]
    /// The hidden states of one token, as they cross from device to device.
    package let hiddenBytes: Int

    package init(
        fingerprint: String, architecture: String, layers: Int, tensors: [Tensor],
        caches: [LayerCache], workspace: [Workspace], hiddenBytes: Int
    ) {
        self.fingerprint = fingerprint
        self.architecture = architecture
        self.layers = layers
        self.tensors = tensors
        self.caches = caches
        self.workspace = workspace
        self.hiddenBytes = hiddenBytes
    }

    /// Every part that has weights, in the order the forward pass runs them.
    package var parts: [Part] {
        var seen = Set<Part>()
        return tensors.map(\.part).filter { seen.insert($0).inserted }
    }
}

extension Footprint.Tensor {
    /// Bytes of the format's own blocks that a step of `tokens` tokens reads. Of E experts, k of
    /// them chosen evenly, B tokens are expected to visit `E(1 − (1 − k/E)^B)`.
    package func touchedBytes(tokens: Int) -> Double {
        let bytes = Double(elements) / Double(type.blockElements) * Double(type.blockBytes)
        switch use {
        case .whole: return bytes
        case .rowPerToken: return bytes / Double(rows) * Double(tokens)
        case .experts(let count, let chosen):
            let missed = 1 - Double(chosen) / Double(count)
            return bytes * (1 - missed.raised(to: tokens))
        }
    }

    /// Rows that a step of `tokens` tokens multiplies with.
    package func touchedRows(tokens: Int) -> Double {
        use == .rowPerToken
            ? 0 : touchedBytes(tokens: tokens) / touchedBytesOfRow
    }

    private var touchedBytesOfRow: Double {
        Double(columns) / Double(type.blockElements) * Double(type.blockBytes)
    }

    /// Multiplications and additions of a step of `tokens` tokens.
    package func operations(tokens: Int) -> Double {
        switch use {
        case .whole: 2 * Double(elements) * Double(tokens)
        case .rowPerToken: 0
        case .experts(let count, let chosen):
            2 * Double(elements) * Double(tokens) * Double(chosen) / Double(count)
        }
    }
}

extension Double {
    /// By repeated squaring, so that every machine gets the same digits.
    fileprivate func raised(to exponent: Int) -> Double {
        var (result, square, rest) = (1.0, self, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
