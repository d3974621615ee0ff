import BoraCore
import BoraDevices

/// Encodes the operations of one device's segment of a program as launches. The same step gives
/// the same launches with the same groups, whatever else the program's other segments hold: where
/// a model is split changes no bit.
package struct SegmentEncoder {
    let program: Program
    let layout: VulkanLayout
    let traits: DeviceTraits
    let input: StepInput
    /// Where the step's input lies.
    let inputAddress: UInt64
    /// Where a handle of this device lies.
    let address: (Handle) -> UInt64
    private let norms: FusedNorms

    package init(
        program: Program, segment: Int, layout: VulkanLayout, traits: DeviceTraits,
        input: StepInput, inputAddress: UInt64, address: @escaping (Handle) -> UInt64
    ) {
        self.program = program
        self.layout = layout
        self.traits = traits
        self.input = input
        self.inputAddress = inputAddress
        self.address = address
        norms = FusedNorms(program, segment: segment, maxRows: Self.maxColumns)
    }

    /// A launch has at most as many workgroups in each dimension, on any device.
    static let maxGroups = 65_535

    /// The launches of an operation, in order.
    package func dispatches(ofOperation index: Int) -> [Dispatch] {
        let operation = program.operations[index]
        let scratch = program.scratchHandle(ofOperation: index)
        // No rows, as where no logits are wanted: nothing to do.
        guard operation.inputs.allSatisfy({ $0.rows > 0 }),
            operation.outputs.allSatisfy({ $0.rows > 0 })
        else { return [] }
        switch operation {
        case .embed(let op): return [embed(op)]
        case .normalize(let op): return norms.contains(index) ? [] : [normalize(op)]
        case .normalizeHeads(let op): return normalizeHeads(op)
        case .linear(let op): return linear(op, norm: norms[product: index], scratch: scratch)
        case .gatedLinear(let op):
            return gatedLinear(op, norm: norms[product: index], scratch: scratch)
        case .softCap(let op): return [softCap(op)]
        case .rotate(let op): return rotate(op)
        case .appendKV(let op): return [appendKV(op)]
        case .attend(let op): return attend(op, scratch: scratch)
        case .gather(let op): return [gather(op)]
        }
    }

    // MARK: Addresses

    func handle(_ tensor: Tensor) -> Handle { program.handle(of: tensor) }

    func address(_ tensor: Tensor) -> UInt64 { address(handle(tensor)) }

    func address(_ weight: StoredWeight) -> UInt64 { address(weight.handle) }

    /// Where a part of the step's input lies.
    func inputAddress(_ offset: Int) -> UInt64 { inputAddress + UInt64(offset) }

    /// Workgroups of `size` that `count` invocations take.
    static func groups(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

    // MARK: Operations on rows

    private func embed(_ op: Operation.Embed) -> Dispatch {
        var arguments = ShaderArguments()
        arguments.append(address(op.table))
        arguments.append(inputAddress(input.tokens))
        arguments.append(address(op.output))
        arguments.append(count: op.table.columns)
        arguments.append(op.scale)
        return Dispatch(
            kernel: Kernel(shader: .embed, constants: [op.table.type.shaderFormat]),
            arguments: arguments.words,
            groups: .init(
                x: Self.groups(op.table.columns, of: 64 * Self.unit), y: op.output.rows),
            reads: [], writes: [handle(op.output)])
    }

    private func normalize(_ op: Operation.Normalize) -> Dispatch {
        var arguments = ShaderArguments()
        arguments.append(address(op.input))
        arguments.append(address(op.weight))
        arguments.append(address(op.output))
        arguments.append(count: op.input.columns)
        arguments.append(op.epsilon)
        arguments.append(op.accumulates)
        return Dispatch(
            kernel: Kernel(shader: .normalize, constants: []), arguments: arguments.words,
            groups: .init(x: op.input.rows), reads: [handle(op.input)], writes: [handle(op.output)])
    }

    private func normalizeHeads(_ op: Operation.NormalizeHeads) -> [Dispatch] {
        op.heads.pairs.map { pair in
            var arguments = ShaderArguments()
            for heads in pair {
                arguments.append(address(heads.tensor))
                arguments.append(address(heads.weight))
                arguments.append(count: heads.tensor.columns / heads.weight.columns)
                arguments.append(count: heads.weight.columns)
            }
            arguments.pad(toWords: 2 * 6)
            arguments.append(op.epsilon)
            let heads = pair.reduce(0) { $0 + $1.tensor.columns / $1.weight.columns }
            let tensors = pair.map { handle($0.tensor) }
            return Dispatch(
                kernel: Kernel(shader: .normalizeHeads, constants: []), arguments: arguments.words,
                groups: .init(x: heads, y: pair[0].tensor.rows), reads: [], writes: tensors)
        }
    }

    private func softCap(_ op: Operation.SoftCap) -> Dispatch {
        let count = op.tensor.rows * op.tensor.columns
        var arguments = ShaderArguments()
        arguments.append(address(op.tensor))
        arguments.append(count: count)
        arguments.append(op.cap)
        return Dispatch(
            kernel: Kernel(shader: .softCap, constants: []), arguments: arguments.words,
            groups: .init(x: min(Self.groups(count, of: 256), Self.maxGroups)),
            reads: [], writes: [handle(op.tensor)])
    }

    private func rotate(_ op: Operation.Rotate) -> [Dispatch] {
        op.tensors.pairs.map { pair in
            var arguments = ShaderArguments()
            for tensor in pair {
                arguments.append(address(tensor))
                arguments.append(count: tensor.columns / op.headWidth)
            }
            if pair.count < 2 {
                arguments.append(UInt64(0))
                arguments.append(count: 0)
            }
            arguments.append(inputAddress(input.positions))
            arguments.append(address(op.frequencies))
            arguments.append(count: op.headWidth)
            arguments.append(count: op.frequencies.columns)
            arguments.append(op.scale)
            let heads = pair.reduce(0) { $0 + $1.columns / op.headWidth }
            return Dispatch(
                kernel: Kernel(
                    shader: .rotate, constants: [op.pairing == .interleaved ? 1 : 0]),
                arguments: arguments.words,
                groups: .init(
                    x: Self.groups(heads * op.frequencies.columns, of: 64), y: pair[0].rows),
                reads: [], writes: pair.map(handle))
        }
    }

    private func gather(_ op: Operation.Gather) -> Dispatch {
        gather(
            handle(op.input), rows: inputAddress(input.outputRows), into: handle(op.output),
            count: op.output.rows, columns: op.input.columns)
    }

    /// A copy of a whole tensor.
    func copy(_ tensor: Tensor, to target: Handle) -> Dispatch {
        gather(
            handle(tensor), rows: 0, into: target, count: tensor.rows, columns: tensor.columns)
    }

    private func gather(
        _ source: Handle, rows: UInt64, into target: Handle, count: Int, columns: Int
    ) -> Dispatch {
        var arguments = ShaderArguments()
        arguments.append(address(source))
        arguments.append(rows)
        arguments.append(address(target))
        arguments.append(count: columns)
        return Dispatch(
            kernel: Kernel(shader: .gather, constants: []), arguments: arguments.words,
            groups: .init(x: Self.groups(columns, of: 64), y: count),
            reads: [source], writes: [target])
    }
}

extension SegmentEncoder {
    /// Numbers of a row that an invocation loads at once (`UNIT` in `formats.glsl`).
    static let unit = 16
}

extension ElementType {
    /// The format as `formats.glsl` counts it.
    var shaderFormat: UInt32 { UInt32(Self.allCases.firstIndex(of: self)!) }
}

extension Array {
    /// Its elements two by two, in order; the last alone where they are odd.
    fileprivate var pairs: [ArraySlice<Element>] {
        stride(from: 0, to: count, by: 2).map { self[$0..<Swift.min($0 + 2, count)] }
    }
}
