import TestSupport
import Testing

/// The goldens themselves: that the readers read them, and that they say what their indexes say.
@Suite struct GoldenFileTests {
    @Test(arguments: try SavedModel.all())
    func aModelHasOneEntryPerStageAndToken(saved: SavedModel) throws {
        let hidden = try saved.hidden
        let logits = try saved.logits
        #expect(hidden.shape.dropLast() == [saved.stages.count, saved.ids.count])
        #expect(logits.shape.first == saved.ids.count)
        #expect(saved.ids.allSatisfy { $0 < logits.shape[1] })
        #expect(relativeError(of: hidden[0], to: hidden[1]) > 0.05)
    }

    @Test(arguments: Golden.Formats.names)
    func theErrorOfAFormatIsThatOfItsArrays(name: String) throws {
        let index: Golden.Formats = try Golden.index("formats")
        let exact = try Golden.array("format-\(name).exact")
        let theirs = try Golden.array("format-\(name).llama-cpp")
        let stated = try #require(index.formats[name]).llamaCppError
        let error = relativeError(of: theirs.values, to: exact.values)
        #expect(abs(error - stated) < stated * 1e-6)
    }

    @Test func theEnginesAgreeOnTheEmbeddedModel() throws {
        let index: Golden.Tale = try Golden.index("tale")
        #expect(index.greedy.rendered.hasSuffix("<|im_start|>assistant\n"))
        #expect(index.greedy.continuation.count == 64)
        let logits = index.prompt.topLogits.map(\.logit)
        #expect(logits == logits.sorted(by: >))
        let whole = index.perplexity.filter { ($0.chunks ?? 89) == 89 }.map(\.perplexity)
        #expect(whole.count == 4)
        #expect(whole.max()! / whole.min()! < 1.002)
    }

    @Test func aFileThatIsNoArrayIsAnError() {
        #expect(throws: NPYArray.Unreadable.self) {
            try NPYArray(reading: Golden.path("tale.json"))
        }
    }
}
