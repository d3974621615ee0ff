import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// The weights that decoders have in common, by the names of the checkpoint's convention.
extension WeightDeclarations {
    /// A linear layer's `[outputs, inputs]` and, where it has one, its bias.
    ///
    /// - Parameter hasBias: what the configuration says. GGUF files say it by having the tensor.
    mutating func linear(
        _ name: TensorName, layer: Int, inputs: Int, outputs: Int, hasBias: Bool = false,
        part: Part
    ) throws -> LinearWeights {
        let bias = name.inCheckpoint(naming, layer: layer, "bias")
        let isBiased = naming == .gguf ? has(bias) : hasBias
        return LinearWeights(
            try matrix(
                name.inCheckpoint(naming, layer: layer), rows: outputs, columns: inputs,
                part: part),
            bias: isBiased ? try vector(bias, count: outputs, part: part) : nil)
    }

    /// Some outputs of a linear layer that computes several projections at once, `[total, inputs]`.
    mutating func linear(
        _ outputs: Range<Int>, of name: TensorName, total: Int, layer: Int, inputs: Int,
        part: Part
    ) throws -> LinearWeights {
        LinearWeights(
            try rows(
                outputs, of: name.inCheckpoint(naming, layer: layer), total: total,
                columns: inputs, part: part))
    }

    /// The scale of a norm.
    ///
    /// - Parameter offset: what `transformers` adds to the stored numbers (Gemma: 1); GGUF files
    ///   store the sum.
    mutating func norm(
        _ name: TensorName, layer: Int?, width: Int, plus offset: Float = 0, part: Part
    ) throws -> WeightID {
        try vector(
            name.inCheckpoint(naming, layer: layer), count: width,
            plus: naming == .gguf ? 0 : offset, part: part)
    }

    mutating func embedding(_ shape: DecoderShape) throws -> WeightID {
        try matrix(
            TensorName.embedding.inCheckpoint(naming, layer: nil), rows: shape.vocabulary,
            columns: shape.width, part: .embedding)
    }

    /// The output head: a matrix of its own, or the embedding table (tied).
    ///
    /// - Parameter isTied: what the configuration says. GGUF files say it by what they have.
    mutating func head(_ shape: DecoderShape, isTied: Bool) throws -> LinearWeights {
        let own = TensorName.head.inCheckpoint(naming, layer: nil)
        let hasOwn = naming == .gguf ? has(own) : !isTied
        // A tied model may have been saved with a copy of its table.
        if !hasOwn { ignore(own) }
        let table = TensorName.embedding.inCheckpoint(naming, layer: nil)
        return LinearWeights(
            try matrix(
                hasOwn ? own : table, rows: shape.vocabulary, columns: shape.width, part: .head))
    }
}
