import BoraCore

/// What backends compute. Operations are few, coarse and fused: a model file reads like its
/// paper's equations. Shapes are `[rows, columns]`; rows are the step's tokens.
package enum Operation: Hashable, Sendable {
    case embed(Embed)
    case normalize(Normalize)
    case normalizeHeads(NormalizeHeads)
    case linear(Linear)
    case gatedLinear(GatedLinear)
    case softCap(SoftCap)
    case rotate(Rotate)
    case appendKV(AppendKV)
    case attend(Attend)
    case gather(Gather)

    /// `output[t] = scale · table[step.tokens[t]]`
    package struct Embed: Hashable, Sendable {
        /// `[vocabulary, width]`
        package let table: StoredWeight
        package let scale: Float
        package let output: Tensor
    }

    /// Root-mean-square norm: `output = x / sqrt(mean(x²) + epsilon) ⊙ weight`, or `output += …`
    /// where it accumulates (Zhang & Sennrich 2019, arXiv:1910.07467).
    package struct Normalize: Hashable, Sendable {
        package let input: Tensor
        /// `[width]`, f32
        package let weight: StoredWeight
        package let epsilon: Float
        package let output: Tensor
        package let accumulates: Bool
    }

    /// The same norm, in place, of each head of each tensor by itself (Dehghani et al. 2023,
    /// arXiv:2302.05442): `x[head] = x[head] / sqrt(mean(x[head]²) + epsilon) ⊙ weight`.
    package struct NormalizeHeads: Hashable, Sendable {
        package struct Heads: Hashable, Sendable {
            /// `[rows, heads · headWidth]`
            package let tensor: Tensor
            /// `[headWidth]`, f32
            package let weight: StoredWeight
        }

        package let heads: [Heads]
        package let epsilon: Float
    }

    /// Several projections of one input: for each, `output = scale · (input · weightᵀ + bias)`, or
    /// `output += …` where it accumulates (a residual connection).
    package struct Linear: Hashable, Sendable {
        package struct Projection: Hashable, Sendable {
            /// `[outputs, inputs]`
            package let weight: StoredWeight
            /// `[outputs]`, f32
            package let bias: StoredWeight?
            package let scale: Float
            package let output: Tensor
            package let accumulates: Bool
        }

        package let input: Tensor
        package let projections: [Projection]
    }

    /// The first half of a gated MLP: `output = f(input · gateᵀ + bias) ⊙ (input · upᵀ + bias)`
    /// (Shazeer 2020, arXiv:2002.05202).
    package struct GatedLinear: Hashable, Sendable {
        package let input: Tensor
        package let gate: StoredWeight
        package let gateBias: StoredWeight?
        package let up: StoredWeight
        package let upBias: StoredWeight?
        package let activation: Activation
        package let output: Tensor
    }

    package enum Activation: Hashable, Sendable {
        /// `x / (1 + exp(-x))`
        case silu
        /// `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`: the Gaussian error linear unit as
        /// its authors approximate it (Hendrycks & Gimpel 2016, arXiv:1606.08415).
        case gelu
    }

    /// `x = cap · tanh(x / cap)`, in place (Gemma Team 2024, arXiv:2408.00118).
    package struct SoftCap: Hashable, Sendable {
        package let tensor: Tensor
        package let cap: Float
    }

    /// Rotary position embedding, in place, on each head of each tensor (Su et al. 2021,
    /// arXiv:2104.09864): pair `i` of a head turns by `position · frequencies[i]` and grows by
    /// `scale`.
    package struct Rotate: Hashable, Sendable {
        package enum Pairing: Hashable, Sendable {
            /// Elements `2i` and `2i + 1` form a pair (Llama in GGUF).
            case interleaved
            /// Elements `i` and `i + rotated/2` form a pair (transformers, GPT-NeoX).
            case halves
        }

        package let tensors: [Tensor]
        package let headWidth: Int
        /// Angle per position of each pair, in radians: `[rotated / 2]`, f32. A head's first
        /// `2 · frequencies.columns` elements turn; the rest stay.
        package let frequencies: StoredWeight
        package let pairing: Pairing
        /// Factor of sines and cosines: YaRN's attention factor (Peng et al. 2023,
        /// arXiv:2309.00071).
        package let scale: Float
    }

    /// Stores the step's keys `[rows, heads · keyWidth]` and values `[rows, heads · valueWidth]` at
    /// their sequences' positions `context …< context + rows`, converted to the cache's type.
    package struct AppendKV: Hashable, Sendable {
        package let keys: Tensor
        package let values: Tensor
        package let slot: KVSlot
    }

    /// Causal attention of each row over its sequence's cache, its own position included, as far
    /// back as `slot.geometry.window`: `output = softmax(scale · q kᵀ) v` per query head. Query
    /// head `h` reads key/value head `h · slot.geometry.heads / heads`.
    package struct Attend: Hashable, Sendable {
        /// `[rows, heads · keyWidth]`
        package let queries: Tensor
        package let heads: Int
        package let slot: KVSlot
        package let scale: Float
        /// Where it is set, a score `s` becomes `softCap · tanh(s / softCap)`.
        package let softCap: Float?
        /// `[rows, heads · valueWidth]`
        package let output: Tensor
    }

    /// `output[i] = input[step.outputRows[i]]`
    package struct Gather: Hashable, Sendable {
        package let input: Tensor
        package let output: Tensor
    }
}

extension Operation {
    /// The device that computes it.
    package var device: Int {
        if case .appendKV(let op) = self { return op.slot.device }
        return outputs[0].device
    }

    /// Tensors that it reads and does not write.
    package var inputs: [Tensor] {
        switch self {
        case .embed: []
        case .normalize(let op): [op.input]
        case .linear(let op): [op.input]
        case .gatedLinear(let op): [op.input]
        case .normalizeHeads, .softCap, .rotate: []
        case .appendKV(let op): [op.keys, op.values]
        case .attend(let op): [op.queries]
        case .gather(let op): [op.input]
        }
    }

    /// Tensors that it writes, in whole or in place.
    package var outputs: [Tensor] {
        switch self {
        case .embed(let op): [op.output]
        case .normalize(let op): [op.output]
        case .normalizeHeads(let op): op.heads.map(\.tensor)
        case .linear(let op): op.projections.map(\.output)
        case .gatedLinear(let op): [op.output]
        case .softCap(let op): [op.tensor]
        case .rotate(let op): op.tensors
        case .appendKV: []
        case .attend(let op): [op.output]
        case .gather(let op): [op.output]
        }
    }

    /// Weights that it reads.
    package var weights: [StoredWeight] {
        switch self {
        case .embed(let op): [op.table]
        case .normalize(let op): [op.weight]
        case .normalizeHeads(let op): op.heads.map(\.weight)
        case .linear(let op): op.projections.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
        case .gatedLinear(let op): [op.gate, op.gateBias, op.up, op.upBias].compactMap { $0 }
        case .rotate(let op): [op.frequencies]
        case .softCap, .appendKV, .attend, .gather: []
        }
    }
}
