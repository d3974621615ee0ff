import Bora
import BoraCore
import Testing

/// The embedded model's perplexity on its held-out text, as `transformers` in float32 has it for
/// the same Q8_0 weights (`scripts/reference_perplexity.py`).
@Suite struct PerplexityGoldenTests {
    /// Exact arithmetic differs by the order of sums alone. The fast one rounds activations to 8
    /// bits, which is noise in each logit and nearly none in a mean over some thousand tokens.
    @Test(arguments: [
        (RuntimeOptions.ComputeType.f32, 1e-4), (RuntimeOptions.ComputeType.auto, 5e-3),
    ])
    func perplexityAgrees(computeType: RuntimeOptions.ComputeType, tolerance: Double) async throws {
        let index: Golden.Tale = try Golden.index("tale")
        let reference = try #require(
            index.perplexity.first {
                $0.engine == "transformers" && $0.weights == "tale-q8_0.gguf" && $0.chunks == 8
            })
        var options = RuntimeOptions()
        options.computeType = computeType
        options.logitsRows = reference.context
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try ModelFile(path: "/\(package)/Sources/CTale/tale-q8_0.gguf")
        let model = try LanguageModel(file, options: options)

        let heldout = try ByteSource(mapping: Golden.path("heldout.txt"))
        let text = heldout.bytes.text()!
        let tokens = try model.tokenizer.encode(text, parseSpecial: false)
        // A little more than eight chunks, so that the cut changes no token of theirs.
        let beginning = model.tokenizer.decode(Array(tokens.prefix(reference.context * 8 + 100)))
        let found = try await model.perplexity(of: beginning, context: reference.context)
        #expect(found.chunks == 8)
        #expect(abs(found.value / reference.perplexity - 1) < tolerance)
    }
}
