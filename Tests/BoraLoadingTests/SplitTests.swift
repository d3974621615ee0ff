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

/// Where the parts of a model of four layers go.
private struct Split: Sendable, CustomStringConvertible {
    /// The GPUs in order, then the CPU.
    let devices: [DeviceID]
    /// Layers on each.
    let counts: [Int]
    /// Whether the fixed parts lie on the CPU, or with the layers next to them.
    let isFixedOnCPU: Bool

    var description: String {
        zip(devices, counts).map { "\($0): \($1)" }.joined(separator: ", ")
            + (isFixedOnCPU ? ", fixed parts on cpu" : "")
    }

    func device(of part: Part) -> DeviceID {
        let layers = zip(devices, counts).flatMap { Array(repeating: $0, count: $1) }
        if let layer = part.layer { return layers[layer] }
        guard !isFixedOnCPU else { return .cpu }
        return part == .embedding ? layers[0] : layers[layers.count - 1]
    }

    /// What makes the planner split a model so.
    func pins(_ model: Model) -> [Pin] {
        var pins: [Pin] = []
        // A tied head names the embedding's table, and its norm as well: that comes first.
        for part in [Part.head, .embedding] {
            let names = model.weights.filter { $0.part == part }.map(\.name)
            pins.append(
                Pin(
                    .tensors(TensorPattern(names[0])!), to: device(of: part), source: "test"))
        }
        var first = 0
        for (id, count) in zip(devices, counts) where count > 0 {
            pins.append(Pin(.layers(first..<first + count), to: id, source: "test"))
            first += count
        }
        return pins
    }

    /// Every split point of `layers` layers over a CPU and 1, 2 and 3 GPUs.
    static func all(layers: Int) -> [Split] {
        (1...3).flatMap { gpus in
            let devices = (0..<gpus).map { DeviceID.gpu($0) } + [.cpu]
            return compositions(of: layers, into: devices.count).flatMap { counts in
                [true, false].map { Split(devices: devices, counts: counts, isFixedOnCPU: $0) }
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
        return try LoadedModel(model, map: map, devices: rig.machine.devices(for: map)) { _ in }
    }

    @Test(arguments: Rig.all, SmallModel.all)
    private func everySplitIsExactAndEqual(rig: Rig, small: SmallModel) throws {
        let model = try small.read()
        let whole = Split(devices: [.gpu(0)], counts: [model.layerCount], isFixedOnCPU: false)
        let expected = try PlannedRun(Self.load(model, rig, whole)).logits(of: Self.tokens)
        #expect(expected.allSatisfy(\.isFinite) && expected.count == 11 * SmallModel.vocabulary)
        for split in Split.all(layers: model.layerCount) {
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
        for split in Split.all(layers: 4) {
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
        }
    }
}
