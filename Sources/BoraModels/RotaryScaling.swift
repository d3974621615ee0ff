import BoraFormats
import Glibc

/// How rotary frequencies are stretched for sequences longer than those of the first training.
enum RotaryScaling: Sendable {
    case none(base: Double)
    /// Positions divided by a factor (Chen et al. 2023, arXiv:2306.15595).
    case linear(base: Double, factor: Double)
    /// Long waves divided by a factor, short ones kept (Llama 3.1).
    case llama3(base: Double, factor: Double, low: Double, high: Double, context: Double)
    /// Peng et al. 2023, arXiv:2309.00071.
    case yarn(base: Double, factor: Double, ramp: ClosedRange<Double>, attentionFactor: Double)
    /// Each pair divided by a factor of its own, from one of two lists (Ding et al. 2024,
    /// arXiv:2402.13753).
    case long(base: Double, isLong: Bool, attentionFactor: Double)

    init(
        _ settings: RotarySettings, _ shape: DecoderShape, width: Int, base: Double
    ) throws {
        switch try settings.type() {
        case "none": self = .none(base: base)
        case "linear": self = .linear(base: base, factor: try settings.require("factor"))
        case "dynamic":
            self = .none(base: try Self.dynamicBase(settings, shape, width: width, base: base))
        case "llama3":
            self = .llama3(
                base: base, factor: try settings.require("factor"),
                low: try settings.require("low_freq_factor"),
                high: try settings.require("high_freq_factor"),
                context: Double(try settings.originalContext(of: shape)))
        case "yarn": self = try Self.yarn(settings, shape, width: width, base: base)
        case "longrope": self = try Self.long(settings, shape, base: base)
        case let other: throw settings.values.unsupported("rotary scaling '\(other)'")
        }
    }

    /// Which of its two lists a long rotary embedding uses; nil for the others.
    var isLong: Bool? {
        if case .long(_, let isLong, _) = self { isLong } else { nil }
    }

    var attentionFactor: Float {
        switch self {
        case .none, .linear, .llama3: 1
        case .yarn(_, _, _, let factor), .long(_, _, let factor): Float(factor)
        }
    }

    /// Angle per position of each pair, before it is divided by a list: `[width / 2]`.
    func frequencies(width: Int) -> [Double] {
        switch self {
        case .none(let base), .long(let base, _, _): Self.unscaled(base: base, width: width)
        case .linear(let base, let factor):
            Self.unscaled(base: base, width: width).map { $0 / factor }
        case .llama3(let base, let factor, let low, let high, let context):
            Self.unscaled(base: base, width: width).map { angle in
                let turns = context * angle / (2 * .pi)
                if turns > high { return angle }
                if turns < low { return angle / factor }
                let smooth = (turns - low) / (high - low)
                return (1 - smooth) * angle / factor + smooth * angle
            }
        case .yarn(let base, let factor, let ramp, _):
            Self.unscaled(base: base, width: width).enumerated().map { pair, angle in
                // 0: turns often enough to be kept; 1: divided.
                let span = max(ramp.upperBound - ramp.lowerBound, 0.001)
                let share = min(max((Double(pair) - ramp.lowerBound) / span, 0), 1)
                return angle * (1 - share) + angle / factor * share
            }
        }
    }

    /// `base^(-2i / width)`.
    static func unscaled(base: Double, width: Int) -> [Double] {
        (0..<width / 2).map { pow(base, -2 * Double($0) / Double(width)) }
    }

    /// The base of "NTK-aware" scaling at the planned length.
    private static func dynamicBase(
        _ settings: RotarySettings, _ shape: DecoderShape, width: Int, base: Double
    ) throws -> Double {
        let factor = try settings.require("factor")
        let context = Double(shape.context)
        let planned = settings.values.plannedLength(context: shape.context)
        let length = max(Double(planned), context)
        guard width > 2 else { return base }
        let stretch = factor * length / context - (factor - 1)
        return base * pow(stretch, Double(width) / Double(width - 2))
    }

    private static func yarn(
        _ settings: RotarySettings, _ shape: DecoderShape, width: Int, base: Double
    ) throws -> RotaryScaling {
        let original = Double(try settings.originalContext(of: shape))
        let factor = try settings.number("factor") ?? Double(shape.context) / original
        /// The pair that turns so many times over the original context.
        func pair(turning count: Double) -> Double {
            Double(width) * log(original / (count * 2 * .pi)) / (2 * log(base))
        }
        var low = pair(turning: try settings.number("beta_fast") ?? 32)
        var high = pair(turning: try settings.number("beta_slow") ?? 1)
        if try settings.flag("truncate", default: true) {
            low = low.rounded(.down)
            high = high.rounded(.up)
        }
        low = max(low, 0)
        high = max(min(high, Double(width - 1)), low)
        return .yarn(
            base: base, factor: factor, ramp: low...high,
            attentionFactor: try yarnAttentionFactor(settings, factor: factor))
    }

    private static func yarnAttentionFactor(
        _ settings: RotarySettings, factor: Double
    ) throws -> Double {
        func magnitude(_ weight: Double) -> Double {
            factor <= 1 ? 1 : 0.1 * weight * log(factor) + 1
        }
        guard settings.values.naming == .transformers else {
            // GGUF's factor is one more, beside that of the paper.
            let own = try settings.number("attention_factor") ?? 1
            let weight = try settings.number(
                "mscale_all_dim", gguf: "rope.scaling.yarn_log_multiplier")
            return own * magnitude(1) / (weight.map { magnitude($0) } ?? 1)
        }
        if let own = try settings.number("attention_factor") { return own }
        if let weight = try settings.number("mscale"),
            let all = try settings.number("mscale_all_dim")
        {
            return magnitude(weight) / magnitude(all)
        }
        return magnitude(1)
    }

    private static func long(
        _ settings: RotarySettings, _ shape: DecoderShape, base: Double
    ) throws -> RotaryScaling {
        let original = try settings.originalContext(of: shape)
        let factor = try settings.number("factor") ?? Double(shape.context) / Double(original)
        let attentionFactor: Double
        if let own = try settings.number("attention_factor") {
            attentionFactor = own
        } else if settings.values.naming == .gguf || factor <= 1 || original < 2 {
            attentionFactor = 1
        } else {
            attentionFactor = (1 + log(factor) / log(Double(original))).squareRoot()
        }
        let planned = settings.values.plannedLength(context: shape.context)
        return .long(base: base, isLong: planned > original, attentionFactor: attentionFactor)
    }
}
