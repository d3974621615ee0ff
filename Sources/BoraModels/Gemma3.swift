import BoraDevices
import BoraFormats

/// The language model of Gemma 3 (Kamath et al. 2025, arXiv:2503.19786): Gemma 2 with normalized
/// queries and keys in place of capped scores, a window in five of six layers, and a rotary base of
/// its own for those.
struct Gemma3: ModelArchitecture {
    static let names = ["gemma3", "gemma3_text"]

    private let decoder: SandwichDecoder

    init(_ values: Hyperparameters, declaring weights: inout WeightDeclarations) throws {
        if values.naming == .transformers, values.checkpoint.metadata["hidden_size"] == nil {
            throw values.unsupported("Gemma 3 with its vision encoder")
        }
        let shape = try DecoderShape(values, headWidth: 256)
        let windows = try values.windowsOfGemma3(layers: shape.layers)
        let limits = SandwichDecoder.Limits(
            attentionScale: try values.attentionScaleOfGemma(shape, largest: 62),
            scoreCap: try values.softCap(.scoreCap, default: nil),
            logitsCap: try values.softCap(.logitsCap, default: nil))
        let global = try RotaryEmbedding(
            values, shape, declaring: &weights, section: "full_attention", base: 1_000_000)
        let local = try RotaryEmbedding(values, shape, unscaledWithBase: values.localRotaryBase())
        let bias = try values.flag(.attentionBias, default: false)
        decoder = try SandwichDecoder(
            values, shape, windows: windows, limits, declaring: &weights
        ) { layer, weights in
            let rotary = windows[layer] == nil ? global : local
            var attention = try weights.attention(
                layer: layer, shape, bias: .all(bias),
                rotation: rotary.declare(layer: layer, pairing: .halves, declaring: &weights))
            attention.headNorms = try weights.headNorms(
                layer: layer, shape, plus: SandwichDecoder.normOffset)
            return attention
        }
    }

    var shape: DecoderShape { decoder.shape }
    var caches: [LayerCacheShape] { decoder.caches }

    func forward(_ pass: inout ForwardPass) -> Tensor { decoder.forward(&pass) }
}

extension Hyperparameters {
    /// Five of six layers have a window. GGUF files without one, or with a window of 0, mean full
    /// attention everywhere.
    fileprivate func windowsOfGemma3(layers: Int) throws -> [Int?] {
        let isWindowed = try naming == .transformers || value(.window, as: Int.self) ?? 0 != 0
        let width = isWindowed ? try count(.window, default: 4096) : nil
        return try alternatingWindows(layers: layers, width: width, pattern: 6)
    }

    /// The rotary base of the layers with a window, in either spelling of the configuration.
    fileprivate func localRotaryBase() throws -> Double {
        let nested = Hyperparameter(
            gguf: "rope.freq_base_swa", transformers: "rope_parameters.sliding_attention.rope_theta"
        )
        let flat = Hyperparameter(transformers: "rope_local_base_freq")
        if try value(nested, as: Double.self) != nil { return try factor(nested) }
        return try factor(flat, default: 10_000)
    }
}
