import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels
import BoraVulkan
import ModelSupport
import Synchronization
import TestSupport
import Testing

/// A machine with three GPUs and a CPU. A backend is one more line of `all`.
private struct Rig: Sendable, CustomTestStringConvertible {
    let name: String
    /// The error of logits that the CPU had a part in, relative to those of a GPU alone; 0 where
    /// all devices are of one backend. Without the CPU they are equal to the bit.
    let tolerance: Double
    let machine: any DeviceProvider

    var testDescription: String { name }

    static let all =
        [true, false].map { isExact in
            Rig(
                name: "CPUs as GPUs, \(isExact ? "f32" : "auto")", tolerance: 0,
                machine: StandInMachine(gpus: 3, isExact: isExact))
        } + carved

    /// Logical devices on each GPU that may be used; on a software one where
    /// `BORA_ALLOW_SOFTWARE_GPU` is 1.
    private static let carved = ((try? VulkanLibrary())?.devices.filter(\.isUsable) ?? []).map {
        gpu in
        Rig(
            name: "\(gpu.name) as three, f32", tolerance: 1e-5,
            machine: try! CarvedMachine(gpu, gpus: 3, isExact: true))
    }
}

/// Where the parts of a model go.
private struct Split: Sendable, CustomStringConvertible {
    let description: String
    private let place: @Sendable (Part) -> DeviceID

    func device(of part: Part) -> DeviceID { place(part) }

    /// The whole model on one device.
    static let whole = Split(description: "whole") { _ in .gpu(0) }

    /// Each part on another device than the one before.
    static let scattered = Split(description: "scattered") { part in
        let devices = [DeviceID.gpu(2), .cpu, .gpu(0), .gpu(1)]
        guard let layer = part.layer else { return devices[part == .head ? 2 : 3] }
        return devices[(2 * layer + (part.role == .attention ? 0 : 1)) % devices.count]
    }

    /// Consecutive layers.
    ///
    /// - Parameters:
    ///   - counts: layers on each of `devices`.
    ///   - isFixedOnCPU: whether the fixed parts lie on the CPU, or with the layers next to them.
    private init(_ devices: [DeviceID], counts: [Int], isFixedOnCPU: Bool) {
        let layers = zip(devices, counts).flatMap { Array(repeating: $0, count: $1) }
        self.init(
            description: zip(devices, counts).map { "\($0): \($1)" }.joined(separator: ", ")
                + (isFixedOnCPU ? ", fixed parts on cpu" : "")
        ) { part in
            if let layer = part.layer { return layers[layer] }
            guard !isFixedOnCPU else { return .cpu }
            return part == .embedding ? layers[0] : layers[layers.count - 1]
        }
    }

    private init(description: String, place: @escaping @Sendable (Part) -> DeviceID) {
        self.description = description
        self.place = place
    }

    /// What makes the planner split a model so: each part pinned by its first tensor. A tied head
    /// names the embedding's table after its norm, so that it comes first.
    func pins(_ model: Model) -> [Pin] {
        var parts: [Part] = []
        var pins: [Pin] = []
        for weight in model.weights where !parts.contains(weight.part) {
            parts.append(weight.part)
            // Of a tensor in pieces, the name without rows.
            let pattern = TensorPattern("^" + weight.name.prefix { $0 != "[" })!
            pins.append(Pin(.tensors(pattern), to: place(weight.part), source: "test"))
        }
        return pins.reversed()
    }

    /// Every split point of `layers` layers over a CPU and 1, 2 and 3 GPUs.
    static func all(layers: Int) -> [Split] {
        (1...3).flatMap { gpus in
            let devices = (0..<gpus).map { DeviceID.gpu($0) } + [.cpu]
            return compositions(of: layers, into: devices.count).flatMap { counts in
                [true, false].map { Split(devices, counts: counts, isFixedOnCPU: $0) }
            }
        }
    }

    private static func compositions(of sum: Int, into terms: Int) -> [[Int]] {
        guard terms > 1 else { return [[sum]] }
        return (0...sum).flatMap { first in
            compositions(of: sum - first, into: terms - 1).map { [first] + $0 }
        }
    }
}

/// A split changes nothing but where work happens, and takes what was planned.
@Suite struct SplitTests {
    private static let cases = Mutex(0)
    private static let tokens: [Int32] = (0..<41).map { $0 * 31 % 97 }

    private static var policy: MappingPolicy {
        var policy = MappingPolicy()
        policy.maxSequenceLength = 64
        policy.maxBatchSize = 2
        policy.chunkTokens = 8
        return policy
    }

    private static func load(_ model: Model, _ rig: Rig, _ split: Split) throws -> LoadedModel {
        var policy = policy
        policy.pins = split.pins(model)
        let map = try Planner(
            footprint: model.footprint(policy: policy, layouts: rig.machine.layouts),
            inventory: rig.machine.currentInventory(), policy: policy
        ).plan()
        #expect(map.assignments.allSatisfy { $0.placement.home == split.device(of: $0.part) })
        return try LoadedModel(model, map: map, devices: rig.machine.devices(for: map))
    }

    @Test(arguments: Rig.all, SmallModel.all)
    private func everySplitIsExactAndEqual(rig: Rig, small: SmallModel) throws {
        let model = try small.read()
        let expected = try PlannedRun(Self.load(model, rig, .whole)).logits(of: Self.tokens)
        #expect(expected.allSatisfy(\.isFinite) && expected.count == 11 * SmallModel.vocabulary)
        for split in Split.all(layers: model.layerCount) + [.scattered] {
            let loaded = try Self.load(model, rig, split)
            let run = PlannedRun(loaded)
            let logits = try run.logits(of: Self.tokens)
            let isEqual = logits == expected
            let isCPUAtWork = loaded.map.devices.contains(.cpu)
            #expect(
                isEqual || isCPUAtWork && relativeError(of: logits, to: expected) < rig.tolerance,
                "\(split)")
            try run.fill()
            for (device, bill) in zip(loaded.devices, loaded.map.bills) {
                let account = device.account
                let planned = bill.weights + bill.kv + bill.workspace
                #expect(account.takenBytes == planned, "\(split), \(bill.device)")
                for entry in account.entries {
                    #expect(entry.guardIntact, "\(split), \(bill.device), \(entry.arena)")
                    // No slack, but for what aligns the last tensor.
                    #expect(
                        entry.touched > entry.bytes - device.layout.alignment
                            || entry.bytes == 0,
                        "\(split), \(bill.device), \(entry)")
                }
            }
            Self.cases.withLock { $0 += 1 }
        }
        #expect(VulkanLibrary.validationMessages == [])
        print("\(rig.name), \(small): \(Self.cases.withLock { $0 }) cases so far")
    }

    /// One segment per device that is visited, and one crossing between two.
    @Test func eachBoundaryIsCrossedOnce() throws {
        let model = try SmallModel("llama-biased").read()
        for split in Split.all(layers: 4) + [.scattered] {
            let loaded = try Self.load(model, Rig.all[0], split)
            let parts = loaded.map.assignments.map { split.device(of: $0.part) }
            let boundaries = zip(parts, parts.dropFirst()).filter { $0 != $1 }.count
            let program = loaded.program(
                for: .planned(rows: 3, sequences: 1, outputRows: 1, context: 3))
            #expect(program.segments.count == boundaries + 1, "\(split)")
            #expect(
                program.segments.map(\.crossings.count) == [0]
                    + Array(repeating: 1, count: boundaries))
            #expect(loaded.depth == boundaries + 1)
            // Where no logits are wanted, nothing crosses to a head on a device of its own.
            let silent = loaded.program(
                for: Step(
                    tokens: [3, 1, 4], positions: [0, 1, 2],
                    sequences: [.init(firstRow: 0, rows: 3, context: 0, blocks: [[0], [0]])],
                    outputRows: []))
            let isApart = parts[parts.count - 2] != parts[parts.count - 1]
            #expect(silent.segments.count == boundaries + (isApart ? 0 : 1), "\(split)")
            #expect(try loaded.run(silent).values.isEmpty)
        }
    }
}
