import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// A model as its checkpoint's header describes it: the architecture, the weights it declares and
/// the KV groups its layers form. It holds no weights and needs no device.
package struct Model: Sendable {
    /// Layers whose caches have one geometry.
    package struct KVGroup: Sendable {
        package let geometry: KVGeometry
        package let layers: [Int]
    }

    package let name: String
    package let architectureName: String
    let architecture: any ModelArchitecture
    package let weights: [WeightDeclaration]
    package let groups: [KVGroup]
    /// Digest of names, shapes, types and hyperparameters.
    package let fingerprint: String

    /// - Parameters:
    ///   - architecture: the architecture's name, when the checkpoint's own is not to be believed.
    ///   - kvType: element type of the KV cache: f32, f16, bf16 or q8_0.
    ///   - plannedLength: longest sequence to plan for, in tokens, if anybody has said. Rotary
    ///     scalings that depend on the length are chosen by it.
    package init(
        _ checkpoint: Checkpoint, architecture name: String? = nil, kvType: ElementType,
        plannedLength: Int? = nil
    ) throws {
        let architectureName = name ?? checkpoint.architecture
        let (architecture, declarations) = try Architectures.make(
            for: Hyperparameters(checkpoint, plannedLength: plannedLength),
            named: architectureName)
        self.name = checkpoint.name
        self.architectureName = architectureName
        self.architecture = architecture
        weights = declarations.all
        for cache in architecture.caches {
            for width in [cache.keyWidth, cache.valueWidth]
            where !width.isMultiple(of: kvType.blockElements) {
                throw ModelError(
                    .unsupportedCache(type: kvType, headWidth: width), in: checkpoint.name)
            }
        }
        groups = Self.groups(of: architecture.caches, type: kvType)
        fingerprint = Self.fingerprint(of: declarations.all, architecture: architectureName)
    }

    package var layerCount: Int { architecture.shape.layers }
    /// Rows of the embedding table: the tokenizer's tokens, and padding in some models.
    package var vocabularySize: Int { architecture.shape.vocabulary }
    /// Longest sequence that the model was trained for, in tokens.
    package var contextLength: Int { architecture.shape.context }

    private static func groups(of caches: [LayerCacheShape], type: ElementType) -> [KVGroup] {
        var geometries: [KVGeometry] = []
        var layers: [[Int]] = []
        for (layer, cache) in caches.enumerated() {
            let geometry = KVGeometry(
                heads: cache.heads, keyWidth: cache.keyWidth, valueWidth: cache.valueWidth,
                type: type, window: cache.window)
            if let group = geometries.firstIndex(of: geometry) {
                layers[group].append(layer)
            } else {
                geometries.append(geometry)
                layers.append([layer])
            }
        }
        return zip(geometries, layers).map { KVGroup(geometry: $0, layers: $1) }
    }

    private static func fingerprint(
        of weights: [WeightDeclaration], architecture: String
    ) -> String {
        var digest = Digest()
        digest.add(architecture)
        for weight in weights {
            digest.add("\(weight.name) \(weight.type.rawValue) \(weight.rows)x\(weight.columns)")
        }
        return digest.hexadecimal
    }
}

/// FNV-1a, 64 bits (Fowler, Noll & Vo): tells headers apart, and defends against nothing.
private struct Digest {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 {
            state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        state = (state ^ 0xff) &* 0x100_0000_01b3
    }

    var hexadecimal: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
