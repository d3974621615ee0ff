import BoraCore

/// How the keys and values of a layer are kept. Layers of equal geometry form a KV group: they
/// share block tables.
package struct KVGeometry: Hashable, Sendable {
    /// Tokens in one block.
    package static let blockTokens = 32

    /// Key/value heads; query heads are a multiple of it (grouped-query attention).
    package let heads: Int
    package let keyWidth: Int
    package let valueWidth: Int
    /// f32, f16, bf16 or q8_0; both widths are multiples of its blocks.
    package let type: ElementType
    /// Tokens that a token sees, its own included; nil for all before it.
    package let window: Int?

    package init(
        heads: Int, keyWidth: Int, valueWidth: Int, type: ElementType, window: Int? = nil
    ) {
        self.heads = heads
        self.keyWidth = keyWidth
        self.valueWidth = valueWidth
        self.type = type
        self.window = window
    }

    /// Which blocks a sequence needs.
    package var span: KVSpan { KVSpan(blockTokens: Self.blockTokens, window: window) }

    /// Bytes of one block of one layer. How a block is laid out inside is the backend's own.
    package var blockBytes: Int {
        Self.blockTokens * heads * (keyWidth + valueWidth) * type.blockBytes / type.blockElements
    }
}

/// The KV cache of one layer on its device. Block `b` starts at byte
/// `(b * layers + layer) * geometry.blockBytes` of the arena of its group.
package struct KVSlot: Hashable, Sendable {
    package let device: Int
    package let group: Int
    /// Position of this layer among the group's layers on the device.
    package let layer: Int
    /// How many layers of the group the device holds.
    package let layers: Int
    package let geometry: KVGeometry

    package init(device: Int, group: Int, layer: Int, layers: Int, geometry: KVGeometry) {
        self.device = device
        self.group = group
        self.layer = layer
        self.layers = layers
        self.geometry = geometry
    }

    package var arena: Arena { .kv(group: group) }

    /// Where one block of this layer lies.
    package func handle(ofBlock block: Int) -> Handle {
        Handle(
            device: device, arena: arena,
            offset: (block * layers + layer) * geometry.blockBytes, bytes: geometry.blockBytes)
    }
}
