import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraFormats
import BoraModels
import BoraVulkan
import TestSupport
import Testing

/// Tiny random models of every architecture, from safetensors and from GGUF, against `transformers`
/// in float32.
///
/// Both sides compute in f32 from the same weights, so they differ by the order of their sums
/// alone: a few units in the last place for each of some hundred terms, far below the 1e-4 allowed.
@Suite struct ArchitectureGoldenTests {
    private static let tolerance = 1e-4

    @Test(arguments: try SavedModel.all(), ReferencePlace.all)
    func logitsAgree(saved: SavedModel, place: ReferencePlace) throws {
        let error = relativeError(
            of: try saved.run(on: place).logits(saved.ids), to: try saved.logits.values)
        print(
            "\(saved.testDescription) on \(place.testDescription): relative error of logits "
                + "\(error)")
        #expect(error < Self.tolerance)
        #expect(VulkanLibrary.validationMessages == [])
    }

    /// The residual stream after every block, so that a wrong one is found where it is.
    @Test(arguments: try SavedModel.all())
    func everyStageAgrees(saved: SavedModel) throws {
        let hidden = try saved.hidden
        let states = try saved.run().hiddenStates(saved.ids)
        #expect(states.count == saved.stages.count)
        var largest = 0.0
        for (position, state) in states.enumerated() {
            let error = relativeError(of: state, to: hidden[position])
            #expect(error < Self.tolerance, "\(saved.stages[position])")
            largest = max(largest, error)
        }
        print("\(saved.testDescription): largest relative error of hidden states \(largest)")
    }

    /// Row invariance: the same bits whatever the chunks, and whatever the number of threads.
    @Test(arguments: try SavedModel.all(), [true, false])
    func chunksAndThreadsChangeNothing(saved: SavedModel, isExact: Bool) throws {
        let whole = try saved.run(on: .cpu(threads: 1), isExact: isExact).logits(saved.ids)
        for (threads, chunk) in [(2, Int.max), (1, 1), (2, 5), (3, 16)] {
            let run = try saved.run(on: .cpu(threads: threads), isExact: isExact, chunk: chunk)
            #expect(
                try run.logits(saved.ids) == whole, "in chunks of \(chunk) on \(threads) threads")
        }
    }

    /// A configuration alone is planned as the model is, to the byte.
    @Test(arguments: try SavedModel.all().filter { $0.form == .folder })
    func aConfigurationAloneHasTheFootprintOfTheModel(saved: SavedModel) throws {
        func footprint(_ path: String) throws -> Footprint {
            var policy = MappingPolicy()
            policy.maxSequenceLength = saved.ids.count
            let model = try Model(
                Checkpoint(at: path), kvType: .f32, plannedLength: saved.ids.count)
            return model.footprint(policy: policy, layouts: [CPULayout(threads: 2, isExact: true)])
        }
        let planned = try footprint(saved.configuration)
        #expect(try Checkpoint(at: saved.configuration).hasWeights == false)
        #expect(planned.tensors.isEmpty == false)
        #expect(planned == (try footprint(saved.path)))
    }

    /// A family without goldens is one that nobody has compared.
    @Test func everyArchitectureHasGoldens() throws {
        let compared = try SavedModel.all().map { try Checkpoint(at: $0.path).architecture }
        #expect(Set(compared) == Set(Architectures.names))
    }
}
