import BoraCore

/// What a model costs at the sizes it is planned for, part by part, in bytes. It is made by running
/// the model's own forward pass on a backend that computes nothing; no device and no weights are
/// needed.
package struct Footprint: Codable, Equatable, Sendable {
    /// One stored tensor.
    package struct Tensor: Codable, Equatable, Sendable {
        package let name: String
        package let part: Part
        package let type: ElementType
        package let elements: Int
        /// What it takes in a weights arena, alignment included.
        package let storedBytes: Int

        package init(
            name: String, part: Part, type: ElementType, elements: Int, storedBytes: Int
        ) {
            self.name = name
            self.part = part
            self.type = type
            self.elements = elements
            self.storedBytes = storedBytes
        }
    }

    /// The KV cache of one layer.
    package struct LayerCache: Codable, Equatable, Sendable {
        package let layer: Int
        /// Layers of one geometry share block tables, and form a group.
        package let group: Int
        package let blockTokens: Int
        /// One block of this layer: keys and values of `blockTokens` tokens.
        package let blockBytes: Int
        /// Tokens that a token sees, its own included; nil for all before it.
        package let window: Int?

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

    /// The workspace that a part needs at its peak, on one kind of device.
    package struct Workspace: Codable, Equatable, Sendable {
        package let part: Part
        package let kind: DeviceKind
        package let bytes: Int

        package init(part: Part, kind: DeviceKind, bytes: Int) {
            self.part = part
            self.kind = kind
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

    package init(
        fingerprint: String, architecture: String, layers: Int, tensors: [Tensor],
        caches: [LayerCache], workspace: [Workspace]
    ) {
        self.fingerprint = fingerprint
        self.architecture = architecture
        self.layers = layers
        self.tensors = tensors
        self.caches = caches
        self.workspace = workspace
    }

    /// Every part that has weights, in the order the forward pass runs them.
    package var parts: [Part] {
        var seen = Set<Part>()
        return tensors.map(\.part).filter { seen.insert($0).inserted }
    }
}
