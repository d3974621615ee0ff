import Bora
import BoraCore
import BoraFormats
import BoraSampling
import TestSupport
import Testing

/// How a model wants its tokens chosen, and what is asked for instead.
@Suite struct SamplingDefaultsTests {
    private func parameters(
        _ generation: String?, _ options: SamplingOptions = SamplingOptions()
    ) throws -> SamplingParameters {
        var sources = [
            "config.json": try ByteSource(
                named: "config.json", Array(#"{"model_type": "llama"}"#.utf8))
        ]
        if let generation {
            sources["generation_config.json"] = try ByteSource(
                named: "generation_config.json", Array(generation.utf8))
        }
        let checkpoint = try Checkpoint(in: ModelFiles(name: "folder", sources: sources))
        return try options.parameters(for: checkpoint)
    }

    @Test(arguments: [nil, "{}", #"{"eos_token_id": [1, 2], "temperature": null}"#])
    func neutralWhereNothingIsSaid(_ generation: String?) throws {
        let parameters = try parameters(generation)
        #expect(parameters.temperature == 1)
        #expect(parameters.topK == 0)
        #expect(parameters.topP == 1)
        #expect(parameters.minP == 0)
        #expect(parameters.repetitionPenalty == 1)
    }

    @Test func generationConfiguration() throws {
        let parameters = try parameters(
            #"""
            {"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.05,
             "repetition_penalty": 1.05}
            """#)
        #expect(parameters.temperature == 0.6)
        #expect(parameters.topK == 20)
        #expect(parameters.topP == 0.95)
        #expect(parameters.minP == 0.05)
        #expect(parameters.repetitionPenalty == 1.05)
    }

    @Test func greedyWhereSamplingIsOff() throws {
        let parameters = try parameters(#"{"do_sample": false, "temperature": 0.6}"#)
        #expect(parameters.isGreedy)
    }

    @Test func whatIsAskedForComesFirst() throws {
        var options = SamplingOptions()
        options.temperature = 1.5
        options.topK = 3
        let parameters = try parameters(
            #"{"do_sample": false, "top_k": 20, "top_p": 0.5}"#, options)
        #expect(parameters.temperature == 1.5)
        #expect(parameters.topK == 3)
        #expect(parameters.topP == 0.5)
    }

    @Test func generalSamplingOfGGUF() throws {
        var file = GGUFBuilder()
        file.set("general.sampling.temp", .float32(0.7))
        file.set("general.sampling.top_k", .int32(40))
        file.set("general.sampling.penalty_repeat", .float32(1.1))
        let checkpoint = try Checkpoint(reading: .temporary(file.build()))
        let parameters = try SamplingOptions().parameters(for: checkpoint)
        #expect(parameters.temperature == 0.7)
        #expect(parameters.topK == 40)
        #expect(parameters.topP == 1)
        #expect(parameters.repetitionPenalty == 1.1)
    }

    @Test(arguments: [
        #"{"temperature": "hot"}"#, #"{"top_k": 1.5}"#, #"{"do_sample": 1}"#, "[]", "{",
    ])
    func anotherTypeIsAnError(_ generation: String) throws {
        let error = #expect(throws: FormatError.self) { try parameters(generation) }
        #expect(error?.file == "generation_config.json")
    }
}
