import BoraCore
import BoraDeviceMapping
import BoraDevices
import Testing

/// A backend's storage with an unusual alignment and scratch that depends on the operation.
private struct TestLayout: BackendLayout {
    let kind = DeviceKind.cpu
    let alignment = 96
    let activationType = ElementType.f32

    func scratchBytes(of operation: Operation, in step: Step) -> Int {
        if case .linear(let op) = operation { op.input.bytes / 4 } else { 0 }
    }
}

/// A model of two-layer perceptrons with a residual, enough to exercise the recorder.
private struct TinyModel {
    let width = 24
    let layers = 3
    let vocabulary = 40

    func binding(devices: [Int]) -> ModelBinding {
        let count = (devices.max() ?? 0) + 1
        var next = Array(repeating: 0, count: count)
        func weight(_ rows: Int, _ columns: Int, _ device: Int) -> StoredWeight {
            defer { next[device] += rows * columns * 4 }
            return StoredWeight(
                handle: Handle(
                    device: device, arena: .weights, offset: next[device],
                    bytes: rows * columns * 4),
                type: .f32, rows: rows, columns: columns)
        }
        // Embedding on the first layer's device, head on the last's.
        var weights = [weight(vocabulary, width, devices[0])]
        var parts: [Part: Int] = [.embedding: devices[0], .head: devices[layers - 1]]
        for layer in 0..<layers {
            weights.append(weight(1, width, devices[layer]))
            weights.append(weight(width * 3, width, devices[layer]))
            weights.append(weight(width * 3, width, devices[layer]))
            weights.append(weight(width, width * 3, devices[layer]))
            parts[Part(layer: layer, .feedForward)] = devices[layer]
        }
        weights.append(weight(vocabulary, width, devices[layers - 1]))
        return ModelBinding(
            layouts: Array(repeating: TestLayout(), count: count), weights: weights, slots: [],
            devices: parts)
    }

    func program(rows: Int, devices: [Int]) -> Program {
        let step = Step.planned(rows: rows, sequences: 1, outputRows: 1, context: rows)
        var pass = ForwardPass(step: step, binding: binding(devices: devices))
        var x = pass.embed(WeightID(0))
        for layer in 0..<layers {
            let first = 1 + 4 * layer
            pass.begin(Part(layer: layer, .feedForward), carrying: &x)
            let h = pass.normalize(x, by: WeightID(first), epsilon: 1e-5)
            let g = pass.gatedLinear(
                h, gate: LinearWeights(WeightID(first + 1)), up: LinearWeights(WeightID(first + 2)),
                activation: .silu)
            pass.linear(g, LinearWeights(WeightID(first + 3)), addedTo: x)
        }
        pass.begin(.head, carrying: &x)
        let logits = pass.linear(
            pass.outputRows(of: x), LinearWeights(WeightID(1 + 4 * layers)))
        return pass.finish(output: logits)
    }
}

@Suite struct ForwardPassTests {
    private let model = TinyModel()

    @Test func oneDeviceIsOneSegmentWithoutCrossings() {
        let program = model.program(rows: 5, devices: [0, 0, 0])
        #expect(program.segments.count == 1)
        #expect(program.segments[0].crossings.isEmpty)
        #expect(program.segments[0].operations == program.operations.indices)
        #expect(program.sections.map(\.part).first == .embedding)
        #expect(program.sections.map(\.part).last == .head)
    }

    @Test func hiddenStatesCrossWhereTheDeviceChanges() {
        let program = model.program(rows: 5, devices: [0, 1, 1])
        #expect(program.segments.map(\.device) == [0, 1])
        #expect(program.segments[1].crossings.count == 1)
        let crossing = program.segments[1].crossings[0]
        #expect(crossing.source.device == 0 && crossing.target.device == 1)
        #expect(crossing.source.columns == model.width && crossing.source.rows == 5)
        #expect(program.output.device == 1)
        // Every operation stays on the device of its segment.
        for segment in program.segments {
            for operation in program.operations[segment.operations] {
                #expect(operation.device == segment.device)
                #expect(operation.inputs.allSatisfy { $0.device == segment.device })
            }
        }
    }

    @Test(arguments: [[0, 0, 0], [0, 1, 2], [1, 0, 1]])
    func liveTensorsAndScratchNeverOverlap(devices: [Int]) {
        let program = model.program(rows: 7, devices: devices)
        var firstUse: [Tensor: Int] = [:]
        var lastUse: [Tensor: Int] = [:]
        for (index, operation) in program.operations.enumerated() {
            for tensor in operation.inputs + operation.outputs {
                firstUse[tensor] = firstUse[tensor] ?? index
                lastUse[tensor] = index
            }
        }
        for segment in program.segments {
            for crossing in segment.crossings {
                lastUse[crossing.source] = segment.operations.lowerBound
            }
        }
        lastUse[program.output] = program.operations.count
        for index in program.operations.indices {
            var handles = firstUse.keys
                .filter { firstUse[$0]! <= index && lastUse[$0]! >= index }
                .map(program.handle)
            let scratch = program.scratchHandle(ofOperation: index)
            if scratch.bytes > 0 { handles.append(scratch) }
            for (position, a) in handles.enumerated() {
                #expect(a.offset.isMultiple(of: 96))
                #expect(a.end <= program.workspaceBytes[a.device])
                for b in handles.dropFirst(position + 1) where a.device == b.device {
                    #expect(a.end <= b.offset || b.end <= a.offset)
                }
            }
        }
    }

    /// The peak that a null device sees is the one that the program was laid out for.
    @Test(arguments: [[0, 0, 0], [0, 0, 1]])
    func nullDevicesTouchWhatTheProgramPlanned(devices: [Int]) throws {
        let program = model.program(rows: 9, devices: devices)
        for device in 0...devices.max()! {
            let null = NullDevice(id: .gpu(device), layout: TestLayout())
            for index in program.segments.indices where program.segments[index].device == device {
                try null.commit(program, segment: index).wait()
            }
            let touched = try #require(null.account[.workspace]).touched
            #expect(touched <= program.workspaceBytes[device])
            #expect(touched > program.workspaceBytes[device] - 96)
        }
    }

    @Test func nullDevicesSeeAnOverrun() throws {
        let program = model.program(rows: 9, devices: [0, 0, 0])
        let null = NullDevice(id: .cpu, layout: TestLayout())
        try null.allocate(ArenaSizes(weights: 1 << 20, weightStarts: [0], kv: [], workspace: 96))
        try null.commit(program, segment: 0).wait()
        #expect(null.account[.weights]?.guardIntact == true)
        #expect(null.account[.workspace]?.guardIntact == false)
    }

    @Test func aPrefixStopsAtTheHiddenStatesOfASection() {
        let whole = model.program(rows: 4, devices: [0, 0, 1])
        for index in 1..<whole.sections.count {
            let prefix = whole.prefix(beforeSection: index)
            #expect(prefix.operations.count == whole.sections[index].operations.lowerBound)
            #expect(prefix.segments.last?.operations.upperBound == prefix.operations.count)
            #expect(prefix.output.columns == model.width)
            #expect(prefix.output.device == prefix.segments.last?.device)
        }
    }
}
