import BoraCore
import BoraFormats

/// The sizes that every decoder has, checked: all are positive, and they agree with one another.
struct DecoderShape: Sendable {
    let layers: Int
    let width: Int
    let feedForwardWidth: Int
    let heads: Int
    let keyValueHeads: Int
    let headWidth: Int
    let epsilon: Float
    let vocabulary: Int
    let context: Int

    var queryWidth: Int { heads * headWidth }
    var keyWidth: Int { keyValueHeads * headWidth }

    /// What scores are multiplied by unless the architecture says otherwise: `1/√headWidth`.
    var attentionScale: Float { 1 / Float(headWidth).squareRoot() }

    /// - Parameter headWidth: of a configuration that does not say; nil for `width / heads`.
    init(_ values: Hyperparameters, headWidth fallback: Int? = nil) throws {
        layers = try values.count(.layers)
        width = try values.count(.width)
        feedForwardWidth = try values.count(.feedForwardWidth)
        heads = try values.count(.heads)
        keyValueHeads = try values.count(.keyValueHeads, default: heads)
        headWidth = try values.count(.headWidth, default: fallback ?? width / heads)
        epsilon = Float(try values.number(.epsilon, default: values.naming == .gguf ? nil : 1e-6))
        context = try values.count(.context)
        vocabulary = try Self.vocabulary(values, width: width)
        guard heads.isMultiple(of: keyValueHeads) else {
            throw values.invalid(
                .keyValueHeads, "is \(keyValueHeads), which does not divide \(heads) heads")
        }
        let valueWidth = try values.count(.valueWidth, default: headWidth)
        guard valueWidth == headWidth else {
            throw values.invalid(.valueWidth, "is \(valueWidth), and keys have \(headWidth)")
        }
        guard try values.count(.experts, default: 0, from: 0) == 0 else {
            throw values.invalid(.experts, "asks for experts, which Bora does not run yet")
        }
    }

    /// One row of the embedding table for each token, padding included.
    private static func vocabulary(_ values: Hyperparameters, width: Int) throws -> Int {
        let checkpoint = values.checkpoint
        if checkpoint.naming == .transformers, !checkpoint.hasWeights {
            return try values.count(.vocabulary)
        }
        let name = TensorName.embedding.inCheckpoint(checkpoint.naming, layer: nil)
        guard let table = checkpoint[tensor: name] else {
            throw ModelError(.missingTensor(name), in: checkpoint.name)
        }
        guard table.shape.extents.count == 2, table.shape.rows > 0, table.shape.columns == width
        else {
            let expected = Shape(max(table.shape.rows, 1), width)
            throw ModelError(
                .wrongShape(tensor: table.name, expected: expected, found: table.shape),
                in: checkpoint.name)
        }
        return table.shape.rows
    }

    /// The cache of a layer whose queries look back over `window` tokens, or over all.
    func cache(window: Int?) -> LayerCacheShape {
        LayerCacheShape(
            heads: keyValueHeads, keyWidth: headWidth, valueWidth: headWidth, window: window)
    }
}

extension Hyperparameters {
    /// The window of each layer, in tokens; nil for full attention.
    ///
    /// - Parameters:
    ///   - width: of every windowed layer.
    ///   - isWindowed: the architecture's own rule, where the checkpoint has no list of layers.
    func windows(
        layers: Int, width: Int?, isWindowed: (Int) throws -> Bool
    ) throws -> [Int?] {
        guard let width else { return Array(repeating: nil, count: layers) }
        let types = try value(.layerTypes, as: [String].self)
        guard types.map({ $0.count == layers }) != false else {
            throw invalid(.layerTypes, "has \(types?.count ?? 0) entries for \(layers) layers")
        }
        return try (0..<layers).map { layer in
            guard let type = types?[layer] else { return try isWindowed(layer) ? width : nil }
            switch type {
            case "sliding_attention": return width
            case "full_attention": return nil
            default: throw unsupported("layers of the type '\(type)'")
            }
        }
    }

    /// The window of a model whose layers all have one; nil where it has none.
    func window() throws -> Int? {
        try value(.window, as: Int.self) == nil ? nil : try count(.window)
    }

    /// The window of the layers from `max_window_layers` on, where `use_sliding_window` is set: the
    /// rule of the Qwen family.
    func upperWindows(layers: Int) throws -> [Int?] {
        let isUsed = try flag(.usesWindow, default: false)
        let width = isUsed ? try window() : nil
        let first = try count(.firstWindowLayer, default: layers, from: 0)
        return try windows(layers: layers, width: width) { $0 >= first }
    }

    /// Every so many layers, one has full attention and the others a window: `pattern − 1` of
    /// `pattern`, the last being the full one.
    func alternatingWindows(layers: Int, width: Int?, pattern: Int) throws -> [Int?] {
        if naming == .gguf, let flags = try? value(.windowPattern, as: [Bool].self) {
            guard flags.count == layers else {
                throw invalid(.windowPattern, "has \(flags.count) entries for \(layers) layers")
            }
            return flags.map { $0 ? width : nil }
        }
        let pattern = try count(.windowPattern, default: pattern)
        return try windows(layers: layers, width: width) { !($0 + 1).isMultiple(of: pattern) }
    }

    /// Throws unless the checkpoint's activation is one of those the architecture stands for.
    func requireActivation(_ names: Set<String>) throws {
        for key in ["hidden_act", "hidden_activation"] {
            let name = try value(Hyperparameter(transformers: key), as: String.self)
            guard let name, !names.contains(name) else { continue }
            throw unsupported("the activation '\(name)' in this architecture")
        }
    }

    /// Throws for weights stored in a way that only another program reads.
    func refuseForeignQuantization() throws {
        let key = Hyperparameter(transformers: "quantization_config.quant_method")
        guard let method = try value(key, as: String.self) else { return }
        throw unsupported(
            "weights quantized by '\(method)'; take the model's original or its GGUF, which it "
                + "does not support")
    }
}
