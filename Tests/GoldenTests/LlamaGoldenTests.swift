import BoraCPU
import TestSupport
import Testing

/// Tiny random Llamas against `transformers` in float32.
///
/// Both sides compute in f32 from the same weights, so they differ by the order of their sums
/// alone: a few units in the last place for each of some hundred terms, far below the 1e-4 allowed.
@Suite struct LlamaGoldenTests {
    private static let tolerance = 1e-4

    @Test(arguments: Golden.Llama.names)
    func logitsAgree(name: String) throws {
        let index: Golden.Llama = try Golden.index(name)
        let run = try ReferenceRun(Golden.path("\(name).gguf"), isExact: true)
        let error = relativeError(
            of: try run.logits(index.ids), to: try Golden.array("\(name).logits").values)
        print("\(name): relative error of logits \(error)")
        #expect(error < Self.tolerance)
    }

    /// The residual stream after every block, so that a wrong one is found where it is.
    @Test(arguments: Golden.Llama.names)
    func everyLayerAgrees(name: String) throws {
        let index: Golden.Llama = try Golden.index(name)
        let hidden = try Golden.array("\(name).hidden")
        let run = try ReferenceRun(Golden.path("\(name).gguf"), isExact: true)
        let states = try run.hiddenStates(index.ids)
        // The last stage is the final norm, which the logits test.
        #expect(states.count == index.stages.count - 1)
        for (position, state) in states.enumerated() {
            let error = relativeError(of: state, to: hidden[position])
            #expect(error < Self.tolerance, "\(name), \(index.stages[position]): \(error)")
        }
    }

    /// Row invariance: the same bits whatever the chunks, and whatever the number of threads.
    @Test(arguments: [true, false])
    func chunksAndThreadsChangeNothing(isExact: Bool) throws {
        for name in Golden.Llama.names + ["format-q4_k", "format-q8_0", "format-f16"] {
            let ids: [Int32] = try Golden.index("formats", as: Golden.Formats.self).ids
            let path = Golden.path("\(name).gguf")
            let whole = try ReferenceRun(path, isExact: isExact, threads: 1).logits(ids)
            for (threads, chunk) in [(2, Int.max), (1, 1), (2, 5), (3, 16)] {
                let run = try ReferenceRun(path, isExact: isExact, threads: threads)
                #expect(
                    try run.logits(ids, chunk: chunk) == whole,
                    "\(name) in chunks of \(chunk) on \(threads) threads")
            }
        }
    }
}
