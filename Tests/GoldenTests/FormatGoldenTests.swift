import BoraCPU
import BoraCore
import BoraVulkan
import TestSupport
import Testing

/// Each weight format against exactly dequantized weights, and against llama.cpp.
@Suite struct FormatGoldenTests {
    /// `--dtype f32` dequantizes exactly, so it agrees with `transformers` on dequantized weights
    /// to the order of sums.
    @Test(arguments: Golden.Formats.names, ReferencePlace.all)
    func exactArithmeticAgreesWithDequantizedWeights(name: String, place: ReferencePlace) throws {
        let index: Golden.Formats = try Golden.index("formats")
        let run = try ReferenceRun(Golden.path("format-\(name).gguf"), on: place, isExact: true)
        let error = relativeError(
            of: try run.logits(index.ids), to: try Golden.array("format-\(name).exact").values)
        print("\(name) on \(place.testDescription): f32 against exact weights \(error)")
        #expect(error < 1e-4)
    }

    /// The fast arithmetic rounds activations to 8 bits in blocks, as llama.cpp does. The error of
    /// a format is what that rounding costs: llama.cpp's own distance from exact arithmetic. Bora's
    /// steps are as wide as those of blocks of 32 in llama.cpp or up to √2 as wide, as scales are
    /// powers of √2: 1.2 as wide in the quadratic mean. So Bora may be no further from the truth
    /// than 1.2 of llama.cpp's error, and no further from llama.cpp than two independent errors of
    /// these sizes are from each other, both with a quarter of slack.
    /// Plain formats have next to no error of their own; what remains is that of a KV cache in f16,
    /// whose 11 bits round by up to 5e-4.
    @Test(arguments: Golden.Formats.names)
    func fastArithmeticAgreesToTheErrorOfTheFormat(name: String) throws {
        let index: Golden.Formats = try Golden.index("formats")
        let formatError = max(try #require(index.formats[name]).llamaCppError, 5e-4)
        let exact = try Golden.array("format-\(name).exact").values
        let theirs = try Golden.array("format-\(name).llama-cpp").values
        for kernels in KernelSet.available {
            let run = try ReferenceRun(
                Golden.path("format-\(name).gguf"), on: .cpu(kernels: kernels), isExact: false,
                kvType: .f16)
            let logits = try run.logits(index.ids)
            let error = relativeError(of: logits, to: exact)
            let distance = relativeError(of: logits, to: theirs)
            print(
                "\(name), \(kernels.name): against exact \(error), against llama.cpp \(distance), "
                    + "error of the format \(formatError)")
            #expect(error < 1.25 * 1.2 * formatError)
            #expect(distance < 1.25 * (1 + 1.2 * 1.2).squareRoot() * formatError)
        }
    }

    /// GPUs round less than llama.cpp's integer products do: the format's error bounds theirs too.
    @Test(arguments: Golden.Formats.names, ReferencePlace.gpus)
    func fastArithmeticOfAGPUAgreesToTheErrorOfTheFormat(
        name: String, place: ReferencePlace
    ) throws {
        let index: Golden.Formats = try Golden.index("formats")
        let formatError = max(try #require(index.formats[name]).llamaCppError, 5e-4)
        let run = try ReferenceRun(
            Golden.path("format-\(name).gguf"), on: place, isExact: false, kvType: .f16)
        let error = relativeError(
            of: try run.logits(index.ids), to: try Golden.array("format-\(name).exact").values)
        print("\(name) on \(place.testDescription): against exact \(error)")
        #expect(error < 1.25 * formatError)
        #expect(VulkanLibrary.validationMessages == [])
    }

    /// Row invariance: the same bits whatever the chunks, and whatever the number of threads.
    @Test(arguments: ["q4_k", "q8_0", "f16"], [true, false])
    func chunksAndThreadsChangeNothing(name: String, isExact: Bool) throws {
        let ids: [Int32] = try Golden.index("formats", as: Golden.Formats.self).ids
        let path = Golden.path("format-\(name).gguf")
        for kernels in KernelSet.available {
            let whole = try ReferenceRun(
                path, on: .cpu(threads: 1, kernels: kernels), isExact: isExact
            ).logits(ids)
            for (threads, chunk) in [(2, Int.max), (1, 1), (2, 5), (3, 16)] {
                let run = try ReferenceRun(
                    path, on: .cpu(threads: threads, kernels: kernels), isExact: isExact,
                    chunk: chunk)
                #expect(
                    try run.logits(ids) == whole,
                    "\(kernels.name) in chunks of \(chunk) on \(threads) threads")
            }
        }
    }
}
