import Foundation
import Testing

/// `plan` for devices that are not there: whatever this machine has, the answer is the same.
@Suite struct HypotheticalPlanTests {
    static let rig = """
        devices:
          - {kind: gpu, memory: 24GiB, bandwidth: 900GB/s, compute: 80TFLOP/s}
          - {kind: gpu, memory: 16GiB, bandwidth: 400GB/s, compute: 30TFLOP/s}
          - {kind: cpu, memory: 256GiB, bandwidth: 60GB/s, compute: 2TFLOP/s}
        links: {bandwidth: 25GB/s, latency: 10us}
        """

    /// The shape of a Llama of 70 billion parameters.
    private static let configuration = """
        {
          "model_type": "llama", "hidden_size": 8192, "intermediate_size": 28672,
          "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8,
          "vocab_size": 128256, "rms_norm_eps": 1e-5, "max_position_embeddings": 8192,
          "torch_dtype": "bfloat16"
        }
        """

    struct Plan: Decodable {
        struct Layer: Decodable {
            let layer: Int
            let device: String
        }

        struct Device: Decodable {
            let name: String
            let kind: String
            let budget: Int
            let weights: Int
            let total: Int
            let reserve: Int
        }

        struct Predicted: Decodable {
            let promptSeconds: Double
            let tokenSeconds: Double
            let boundSeconds: Double
            let gap: Double
        }

        let layers: [Layer]
        let devices: [Device]
        let fixedParts: [FixedPart]
        let predicted: Predicted

        struct FixedPart: Decodable {
            let part: String
            let device: String
        }
    }

    private static func plan(_ arguments: [String]) throws -> BoraProgram.Output {
        try TemporaryFolder.with { folder in
            let rig = folder.write(rig, to: "rig.yaml")
            let model = folder.write(configuration, to: "config.json")
            return try BoraProgram.run(["plan", model, "--hypothetical", rig] + arguments)
        }
    }

    @Test func seventyBillionParametersAreSpreadOverAllDevices() throws {
        let plan = try Self.plan(["--json"]).json(as: Plan.self)
        #expect(plan.layers.map(\.layer) == Array(0..<80))
        #expect(Set(plan.layers.map(\.device)) == ["gpu[0]", "gpu[1]", "cpu"])
        #expect(plan.fixedParts.map(\.part).sorted() == ["embedding", "head"])
        // Per layer: four attention matrices, three of the MLP, two norms; and 64 frequencies of
        // the rotation, in f32, of which each layer has its own, so that none depends on another.
        let width = 8192
        let attention = 2 * width * width + 2 * width * 1024
        let layer = 2 * (attention + 3 * width * 28672) + 4 * (2 * width + 64)
        let embedding = 2 * 128_256 * width
        for device in plan.devices {
            let layers = plan.layers.count { $0.device == device.name }
            let fixed = plan.fixedParts.filter { $0.device == device.name }.reduce(0) {
                $0 + embedding + ($1.part == "head" ? 4 * width : 0)
            }
            #expect(device.weights == layers * layer + fixed, "\(device.name)")
            #expect(device.total <= device.budget)
        }
        #expect(plan.predicted.tokenSeconds > 0 && plan.predicted.gap >= 0)
    }

    @Test func overridesComposeWithThePlan() throws {
        try TemporaryFolder.with { folder in
            let topology = folder.write("0-3: cpu\n79: gpu1\n", to: "t.yaml")
            let plan = try Self.plan(
                ["--json", "--topology", topology, "--override-tensor", "lm_head=gpu0"]
            ).json(as: Plan.self)
            #expect(plan.layers[0...3].allSatisfy { $0.device == "cpu" })
            #expect(plan.layers[79].device == "gpu[1]")
            #expect(plan.layers.contains { $0.device == "gpu[0]" })
            #expect(plan.fixedParts.first { $0.part == "head" }?.device == "gpu[0]")
        }
    }

    @Test func aManualMapIsKept() throws {
        let output = try Self.plan(["--json", "-n", "1:3;0:4"])
        let plan = try output.json(as: Plan.self)
        #expect(
            plan.layers.map(\.device).prefix(8) == [
                "gpu[1]", "gpu[1]", "gpu[1]", "gpu[0]", "gpu[0]", "gpu[0]", "gpu[0]", "cpu",
            ])
        #expect(output.standardError.contains("--device-layers is deprecated"))
        let bill = try Self.plan(["-n", "80"])
        #expect(bill.exitCode == 1)
        #expect(bill.standardError.contains("shortfall"))
    }

    /// What means nothing for this model or is not there fails; what means nothing at all is wrong
    /// usage.
    @Test(arguments: [
        (["--override-tensor", "experts=cpu"], 1, "no tensor of the model matches"),
        (
            ["--override-tensor", "lm_head=gpu7"], 1,
            "there is no gpu[7]; the devices in use are gpu[0]"
        ),
        (["--topology", "/no/such/topology.yaml"], 1, "/no/such/topology.yaml"),
        (["--plan", "/no/such/plan.json"], 1, "/no/such/plan.json"),
        (["--override-tensor", "lm_head"], 2, "PATTERN=DEVICE"),
        (["--override-tensor", "(=cpu"], 2, "PATTERN=DEVICE"),
        (["--max-seq-len", "-1"], 2, "--max-seq-len -1: allowed is 1 … "),
        (["--max-batch-size", "0"], 2, "--max-batch-size 0: allowed is 1 … "),
        (["--max-batch-size", "1000000000"], 2, "allowed is 1 … 16384"),
        (["--expect", "-4,2"], 2, "--expect -4: allowed is 1 … "),
        (["-n", "7:4"], 2, "The devices in use are gpu[0], gpu[1] and cpu"),
    ])
    func optionsThatMeanNothingAreNamed(
        _ options: [String], _ exitCode: Int32, _ problem: String
    ) throws {
        let output = try Self.plan(options)
        #expect(output.exitCode == exitCode)
        #expect(output.standardOutput.isEmpty)
        #expect(output.standardError.contains(problem), "\(output.standardError)")
    }

    @Test func aTopologysErrorsNameFileAndLine() throws {
        try TemporaryFolder.with { folder in
            for (text, problem) in [("0: cpu\nall: cpu", "line 2"), ("80: cpu", "line 1")] {
                let path = folder.write(text, to: "t.yaml")
                let output = try Self.plan(["--topology", path])
                #expect(output.exitCode == 1)
                #expect(output.standardError.contains("\(path), \(problem): "))
            }
        }
    }

    @Test func aSavedPlanIsReadOnlyForWhatItWasMadeFor() throws {
        try TemporaryFolder.with { folder in
            let plan = folder.path("plan.json")
            let saved = try Self.plan(["--json", "--max-seq-len", "2048"])
            _ = folder.write(saved.standardOutput, to: "plan.json")
            let again = try Self.plan(["--json", "--plan", plan])
            #expect(again.standardOutput == saved.standardOutput)
            // Another model, and other devices.
            let rig = folder.write(Self.rig, to: "rig.yaml")
            let model = try BoraProgram.run("plan", "--hypothetical", rig, "--plan", plan)
            #expect(model.exitCode == 1)
            #expect(model.standardError.contains("made for the checkpoint"))
            let small = Self.rig.replacing("16GiB", with: "8GiB")
            let other = folder.write(small, to: "other.yaml")
            let config = folder.write(Self.configuration, to: "config.json")
            let devices = try BoraProgram.run(
                "plan", config, "--hypothetical", other, "--plan", plan)
            #expect(devices.exitCode == 1)
            #expect(devices.standardError.contains("it was made for gpu[1] being"))
            let here = try BoraProgram.run("plan", config, "--plan", plan)
            #expect(here.standardError.contains("it uses gpu[0], and the devices in use are cpu"))
            let sizes = ["max_sequence_length", "max_batch_size", "chunk_tokens"].flatMap { name in
                ["0", "-5", "99999999999"].map { value in
                    (
                        saved.standardOutput.replacing(
                            try! Regex("\"\(name)\" *: *\\d+"), with: "\"\(name)\": \(value)"),
                        "'policy' has sizes that mean nothing"
                    )
                }
            }
            for (text, problem) in [
                ("{\"schema\": 99}", "its schema is 99"), ("{}", "it has no 'schema'"),
                ("nothing", "it is no plan"), ("{\"schema\": 2}", "it has no '"),
                ("[]", "it is of another kind"),
            ] + sizes {
                let path = folder.write(text, to: "wrong.json")
                let output = try BoraProgram.run("plan", "--plan", path)
                #expect(output.exitCode == 1)
                #expect(output.standardError.contains("\(path) cannot be used as a plan"))
                #expect(output.standardError.contains(problem), "\(output.standardError)")
            }
        }
    }

    @Test func aHypotheticalPlanHasBarsOnATerminal() throws {
        try TemporaryFolder.with { folder in
            let rig = folder.write(Self.rig, to: "rig.yaml")
            let piped = try BoraProgram.run("plan", "--hypothetical", rig)
            #expect(!piped.standardOutput.contains("█"))
            #expect(piped.standardOutput.contains("gpu[1] is left out"))
        }
    }
}
