/// What a part of a model does.
package enum Role: String, Codable, CaseIterable, Sendable {
    /// The token embedding table.
    case embedding
    /// A layer's attention block: its norm, projections and KV cache.
    case attention
    /// A layer's MLP block with its norm; of a mixture of experts, the norm alone.
    case feedForward
    /// What chooses a layer's experts for each token.
    case router
    /// The routed experts of a layer, of which each token visits a few.
    case experts
    /// The experts of a layer that every token visits.
    case sharedExperts
    /// The final norm and the output head.
    case head
    /// What turns the patches of an image into features.
    case visionEncoder
    /// What turns the features of an image into hidden states.
    case projector

    /// Whether it works on images, before any token.
    package var seesImages: Bool { self == .visionEncoder || self == .projector }
}

/// The unit of mapping: one role of one repeating layer, or a fixed part (`layer` is nil).
package struct Part: Hashable, Codable, Sendable {
    package let layer: Int?
    package let role: Role

    package init(layer: Int? = nil, _ role: Role) {
        self.layer = layer
        self.role = role
    }

    package static let embedding = Part(.embedding)
    package static let head = Part(.head)
}

/// Where a part's weights live, and which device computes it for prompts and for generation.
package struct Placement: Hashable, Codable, Sendable {
    package let home: DeviceID
    package let prompt: DeviceID
    package let generate: DeviceID

    /// Everything on one device.
    package init(on device: DeviceID) {
        home = device
        prompt = device
        generate = device
    }
}
