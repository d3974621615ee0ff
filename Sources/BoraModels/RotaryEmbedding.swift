import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats
import Glibc

/// Rotary position embedding with its scaling: angles per position, and what cosine and sine are
/// multiplied by (Su et al. 2021, arXiv:2104.09864).
///
/// Scalings are those of `transformers` (`modeling_rope_utils.py`). What depends on the length of
/// the sequence there (dynamic, longrope) is decided here by the planned length.
struct RotaryEmbedding: Sendable {
    /// Elements of each head that turn.
    let width: Int
    /// Angle per position of each pair, in radians: `[width / 2]`.
    let frequencies: @Sendable () -> [Float]
    /// Factor of cosine and sine.
    let scale: Float

    /// - Parameters:
    ///   - section: the layers' type, where the configuration has settings for each type.
    ///   - base: rotary base of a configuration that does not say.
    init(
        _ values: Hyperparameters, _ shape: DecoderShape,
        declaring weights: inout WeightDeclarations,
        section: String? = nil, base: Double = 10_000
    ) throws {
        let settings = RotarySettings(values, section: section)
        let width = try settings.rotatedWidth(of: shape)
        let base = try settings.base(default: base)
        let scaling = try RotaryScaling(settings, shape, width: width, base: base)
        self.width = width
        scale = scaling.attentionFactor
        let divisors: (@Sendable () -> [Float])?
        if let isLong = scaling.isLong {
            // Both lists belong to the model, whichever is used.
            let long = try weights.longRopeFactors("long", settings, count: width / 2)
            let short = try weights.longRopeFactors("short", settings, count: width / 2)
            divisors = isLong ? long : short
        } else {
            // GGUF stores what the frequencies of Llama 3 are divided by, instead of the rule.
            divisors = try weights.values(ofOptional: "rope_freqs.weight", count: width / 2)
        }
        frequencies = {
            let divisors = divisors?()
            return scaling.frequencies(width: width).enumerated().map { pair, angle in
                Float(angle / Double(divisors?[pair] ?? 1))
            }
        }
    }

    init(
        _ values: Hyperparameters, _ shape: DecoderShape, unscaledWithBase base: Double
    ) throws {
        let width = try RotarySettings(values, section: nil).rotatedWidth(of: shape)
        self.width = width
        scale = 1
        frequencies = {
            RotaryScaling.unscaled(base: base, width: width).map { Float($0) }
        }
    }

    /// Stores the frequencies with the attention of a layer.
    func declare(
        layer: Int, pairing: Operation.Rotate.Pairing, declaring weights: inout WeightDeclarations
    ) -> Rotation {
        Rotation(
            frequencies: weights.computed(
                "blk.\(layer).rope_frequencies", count: width / 2,
                part: Part(layer: layer, .attention), frequencies),
            pairing: pairing, scale: scale)
    }
}

/// The rotation of a layer's queries and keys.
struct Rotation: Sendable {
    let frequencies: WeightID
    let pairing: Operation.Rotate.Pairing
    let scale: Float
}

extension WeightDeclarations {
    /// The factors of a long rotary embedding: from the configuration, or from a tensor of GGUF.
    fileprivate mutating func longRopeFactors(
        _ list: String, _ settings: RotarySettings, count: Int
    ) throws -> @Sendable () -> [Float] {
        guard naming == .transformers else {
            let name = "rope_factors_\(list).weight"
            guard let factors = try values(ofOptional: name, count: count) else {
                throw ModelError(.missingTensor(name), in: checkpoint.name)
            }
            return factors
        }
        let factors = try settings.factors("\(list)_factor", count: count).map { Float($0) }
        return { factors }
    }
}

/// The rotary settings of a checkpoint, in whichever of the three ways they are spelled: GGUF's
/// keys, `rope_parameters` of transformers 5, or `rope_theta` and `rope_scaling` before it.
struct RotarySettings {
    let values: Hyperparameters
    let section: String?

    init(_ values: Hyperparameters, section: String?) {
        self.values = values
        self.section = section
    }

    func base(default fallback: Double) throws -> Double {
        try values.factor(
            key("rope_theta", gguf: "rope.freq_base"), default: fallback)
    }

    /// `none`, `linear`, `dynamic`, `yarn`, `longrope` or `llama3`.
    func type() throws -> String {
        for name in ["rope_type", "type"] {
            let key = key(name, gguf: "rope.scaling.type")
            guard let type = try values.value(key, as: String.self) else { continue }
            // Phi-3's first files called it "su".
            return type == "default" ? "none" : type == "su" ? "longrope" : type
        }
        if values.naming == .gguf {
            // Files may have a factor, or lists of them, and no type.
            if values.checkpoint[tensor: "rope_factors_long.weight"] != nil { return "longrope" }
            if try values.value(key("factor"), as: Double.self) != nil { return "linear" }
        }
        return "none"
    }

    func rotatedWidth(of shape: DecoderShape) throws -> Int {
        let share = try values.factor(key("partial_rotary_factor"), default: 1)
        let width = try values.count(
            .rotatedWidth, default: Int((Double(shape.headWidth) * min(share, 1)).rounded(.down)))
        guard width <= shape.headWidth, width.isMultiple(of: 2), width > 0 else {
            throw values.invalid(
                values.naming == .gguf ? .rotatedWidth : key("partial_rotary_factor"),
                "turns \(width) elements: odd, or more than a head's \(shape.headWidth)")
        }
        return width
    }

    /// Tokens that the model was trained for before it was stretched.
    func originalContext(of shape: DecoderShape) throws -> Int {
        if values.naming == .transformers,
            let count = try values.value(.originalContext, as: Int.self)
        {
            return max(count, 1)
        }
        return try values.count(
            key("original_max_position_embeddings", gguf: "rope.scaling.original_context_length"),
            default: shape.context)
    }

    func number(_ name: String, gguf: String? = nil) throws -> Double? {
        let key = key(name, gguf: gguf)
        guard try values.value(key, as: Double.self) != nil else { return nil }
        return try values.factor(key)
    }

    func require(_ name: String, gguf: String? = nil) throws -> Double {
        try values.factor(key(name, gguf: gguf))
    }

    func factors(_ name: String, count: Int) throws -> [Double] {
        let key = key(name)
        guard let factors = try values.value(key, as: [Double].self) else {
            throw values.missing(key)
        }
        guard factors.count == count, factors.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw values.invalid(key, "must be \(count) positive numbers")
        }
        return factors
    }

    func flag(_ name: String, default fallback: Bool) throws -> Bool {
        try values.flag(key(name), default: fallback)
    }

    /// The spelling of a setting that the checkpoint has.
    private func key(_ name: String, gguf: String? = nil) -> Hyperparameter {
        let gguf = gguf ?? Self.ggufNames[name]
        let metadata = values.checkpoint.metadata
        let places = section.map { ["rope_parameters.\($0)."] } ?? []
        let spelled = (places + ["rope_parameters.", "rope_scaling.", ""]).map { $0 + name }
        return Hyperparameter(
            gguf: gguf,
            transformers: spelled.first { metadata[$0] != nil } ?? spelled[0])
    }

    private static let ggufNames = [
        "factor": "rope.scaling.factor", "attention_factor": "rope.scaling.attn_factor",
        "beta_fast": "rope.scaling.yarn_beta_fast", "beta_slow": "rope.scaling.yarn_beta_slow",
    ]
}
