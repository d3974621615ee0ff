import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// Llama 1 to 3 (Touvron et al. 2023, arXiv:2302.13971; Grattafiori et al. 2024, arXiv:2407.21783):
/// a pre-norm transformer with grouped-query attention, rotary positions and a SiLU-gated MLP.
///
/// GGUF stores the rows of the query and key projections so that rotary pairs are neighbours.
struct Llama: ModelArchitecture {
    static let names = ["llama"]

    private struct Layer {
        let attentionNorm: WeightID
        let query: LinearWeights
        let key: LinearWeights
        let value: LinearWeights
        let frequencies: WeightID
        let attentionOutput: LinearWeights

        let feedForwardNorm: WeightID
        let gate: LinearWeights
        let up: LinearWeights
        let down: LinearWeights
    }

    private let shape: LlamaShape
    private let embedding: WeightID
    private let layers: [Layer]
    private let finalNorm: WeightID
    private let head: LinearWeights

    var layerCount: Int { shape.layers }
    var vocabularySize: Int { shape.vocabulary }
    var contextLength: Int { shape.context }

    var caches: [LayerCacheShape] {
        Array(
            repeating: LayerCacheShape(
                heads: shape.keyValueHeads, keyWidth: shape.headWidth, valueWidth: shape.headWidth),
            count: shape.layers)
    }

    func forward(_ pass: inout ForwardPass) -> Tensor {
        var x = pass.embed(embedding)
        for (index, layer) in layers.enumerated() {
            pass.begin(Part(layer: index, .attention), carrying: &x)
            let a = pass.normalize(x, by: layer.attentionNorm, epsilon: shape.epsilon)
            let qkv = pass.linear(a, [layer.query, layer.key, layer.value])
            pass.rotate(
                [qkv[0], qkv[1]], headWidth: shape.headWidth, frequencies: layer.frequencies,
                pairing: .interleaved)
            let attended = pass.attend(
                queries: qkv[0], keys: qkv[1], values: qkv[2], layer: index, heads: shape.heads,
                scale: 1 / Float(shape.headWidth).squareRoot())
            pass.linear(attended, layer.attentionOutput, addedTo: x)

            pass.begin(Part(layer: index, .feedForward), carrying: &x)
            let m = pass.normalize(x, by: layer.feedForwardNorm, epsilon: shape.epsilon)
            let gated = pass.gatedLinear(m, gate: layer.gate, up: layer.up, activation: .silu)
            pass.linear(gated, layer.down, addedTo: x)
        }
        pass.begin(.head, carrying: &x)
        let last = pass.outputRows(of: x)
        return pass.linear(pass.normalize(last, by: finalNorm, epsilon: shape.epsilon), head)
    }
}

extension Llama {
    init(
        _ checkpoint: Checkpoint, declaring weights: inout WeightDeclarations
    ) throws {
        shape = try LlamaShape(checkpoint)
        let (vocabulary, width) = (shape.vocabulary, shape.width)
        embedding = try weights.matrix(
            "token_embd.weight", rows: vocabulary, columns: width, part: .embedding)
        let factors = try weights.values(
            ofOptional: "rope_freqs.weight", count: shape.rotatedWidth / 2)
        var layers: [Layer] = []
        for index in 0..<shape.layers {
            layers.append(
                try Self.layer(index, shape, frequencyFactors: factors, declaring: &weights))
        }
        self.layers = layers
        finalNorm = try weights.vector("output_norm.weight", count: width, part: .head)
        // Without a head of its own the model uses its embedding table (tied).
        let headName = weights.has("output.weight") ? "output.weight" : "token_embd.weight"
        head = try LinearWeights(
            weights.matrix(headName, rows: vocabulary, columns: width, part: .head))
    }

    private static func layer(
        _ index: Int, _ shape: LlamaShape, frequencyFactors: (@Sendable () -> [Float])?,
        declaring weights: inout WeightDeclarations
    ) throws -> Layer {
        let attention = Part(layer: index, .attention)
        let feedForward = Part(layer: index, .feedForward)

        func linear(
            _ name: String, _ inputs: Int, _ outputs: Int, _ part: Part
        ) throws -> LinearWeights {
            let name = "blk.\(index).\(name)"
            return LinearWeights(
                try weights.matrix("\(name).weight", rows: outputs, columns: inputs, part: part),
                bias: weights.has("\(name).bias")
                    ? try weights.vector("\(name).bias", count: outputs, part: part) : nil)
        }

        func norm(_ name: String, _ part: Part) throws -> WeightID {
            try weights.vector("blk.\(index).\(name).weight", count: shape.width, part: part)
        }

        let queryWidth = shape.heads * shape.headWidth
        let keyWidth = shape.keyValueHeads * shape.headWidth
        return Layer(
            attentionNorm: try norm("attn_norm", attention),
            query: try linear("attn_q", shape.width, queryWidth, attention),
            key: try linear("attn_k", shape.width, keyWidth, attention),
            value: try linear("attn_v", shape.width, keyWidth, attention),
            frequencies: weights.computed(
                "blk.\(index).rope_frequencies", count: shape.rotatedWidth / 2, part: attention,
                { shape.rotaryFrequencies(dividedBy: frequencyFactors?()) }),
            attentionOutput: try linear("attn_output", queryWidth, shape.width, attention),
            feedForwardNorm: try norm("ffn_norm", feedForward),
            gate: try linear("ffn_gate", shape.width, shape.feedForwardWidth, feedForward),
            up: try linear("ffn_up", shape.width, shape.feedForwardWidth, feedForward),
            down: try linear("ffn_down", shape.feedForwardWidth, shape.width, feedForward))
    }
}
