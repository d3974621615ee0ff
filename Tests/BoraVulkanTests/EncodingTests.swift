import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraVulkan
import Testing

/// What operations are encoded as, without a device.
@Suite struct EncodingTests {
    /// A decoder layer as most models have it, in a format each for its weights.
    private struct Layer {
        let geometry = KVGeometry(heads: 2, keyWidth: 64, valueWidth: 64, type: .f16)
        let layout: VulkanLayout
        private(set) var weights: [StoredWeight] = []
        private let devices: Int

        init(isExact: Bool = false, valueType: ElementType = .q4_K, devices: Int = 1) {
            layout = VulkanLayout(isExact: isExact)
            self.devices = devices
            // Norm, queries, keys, values, frequencies, output, norm, gate, up, down.
            let shapes: [(ElementType, Int, Int)] = [
                (.f32, 1, 512), (.q4_K, 512, 512), (.q4_K, 128, 512), (valueType, 128, 512),
                (.f32, 1, 32), (.q4_K, 512, 512), (.f32, 1, 512), (.q4_K, 1024, 512),
                (.q4_K, 1024, 512), (.q4_K, 512, 1024), (.q8_0, 100, 512),
            ]
            for device in 0..<devices {
                var end = 0
                weights += shapes.map { type, rows, columns in
                    let bytes = layout.storedBytes(type: type, rows: rows, columns: columns)
                    defer { end += layout.aligned(bytes) }
                    return StoredWeight(
                        handle: Handle(device: device, arena: .weights, offset: end, bytes: bytes),
                        type: type, rows: rows, columns: columns)
                }
            }
        }

        /// Two layers of it, the second on the last device.
        func program(_ step: Step) -> Program {
            var parts: [Part: Int] = [.embedding: 0, .head: devices - 1]
            let slots = (0..<2).map { layer in
                let device = layer * (devices - 1)
                for role in [Role.attention, .feedForward] {
                    parts[Part(layer: layer, role)] = device
                }
                return KVSlot(
                    device: device, group: 0, layer: devices == 1 ? layer : 0,
                    layers: 3 - devices, geometry: geometry)
            }
            var pass = ForwardPass(
                step: step,
                binding: ModelBinding(
                    layouts: Array(repeating: layout, count: devices), weights: weights,
                    slots: slots, devices: parts))
            var x = pass.embed(WeightID(10))
            for layer in 0..<2 {
                record(layer, &x, &pass)
            }
            return pass.finish(output: x)
        }

        private func record(_ layer: Int, _ x: inout Tensor, _ pass: inout ForwardPass) {
            let first = layer * (devices - 1) * weights.count / devices
            func weight(_ index: Int) -> WeightID { WeightID(first + index) }
            pass.begin(Part(layer: layer, .attention), carrying: &x)
            let input = pass.normalize(x, by: weight(0), epsilon: 1e-5)
            let projected = pass.linear(input, (1...3).map { LinearWeights(weight($0)) })
            pass.rotate(
                [projected[0], projected[1]], headWidth: 64, frequencies: weight(4),
                pairing: .halves)
            let attended = pass.attend(
                queries: projected[0], keys: projected[1], values: projected[2], layer: layer,
                heads: 8, scale: 0.125)
            pass.linear(attended, LinearWeights(weight(5)), addedTo: x)
            pass.begin(Part(layer: layer, .feedForward), carrying: &x)
            let gated = pass.gatedLinear(
                pass.normalize(x, by: weight(6), epsilon: 1e-5), gate: LinearWeights(weight(7)),
                up: LinearWeights(weight(8)), activation: .silu)
            pass.linear(gated, LinearWeights(weight(9)), addedTo: x)
        }

        func dispatches(_ step: Step, _ traits: DeviceTraits) -> [Dispatch] {
            let program = program(step)
            return program.segments.indices.flatMap { segment -> [Dispatch] in
                let address = { (handle: Handle) in UInt64(1 << 40 + handle.offset) }
                let encoder = SegmentEncoder(
                    program: program, segment: segment, layout: layout, traits: traits,
                    input: StepInput(program, segment: segment, address: address),
                    inputAddress: 1 << 32, address: address)
                return program.segments[segment].operations.flatMap {
                    encoder.dispatches(ofOperation: $0)
                }
            }
        }
    }

    private static func traits(
        _ shapes: [DeviceTraits.MatrixShape] = [], hasFloat16: Bool = false,
        hasIntegerDot: Bool = false, computeUnits: Int = 8
    ) -> DeviceTraits {
        DeviceTraits(
            subgroupSize: 32, sharedBytes: 32 << 10, maxGroupSize: 1024, hasFloat16: hasFloat16,
            hasIntegerDot: hasIntegerDot, matrixShapes: shapes, computeUnits: computeUnits)
    }

    /// A sequence of `rows` tokens after `context` others, its blocks from 7 on.
    private static func step(rows: Int, context: Int) -> Step {
        let blocks = (0..<(rows + context + 31) / 32).map { Int32(7 + $0) }
        return Step(
            tokens: (0..<Int32(rows)).map { 40 + $0 },
            positions: (0..<rows).map { Int32(context + $0) },
            sequences: [.init(firstRow: 0, rows: rows, context: context, blocks: [blocks])],
            outputRows: [Int32(rows - 1)])
    }

    /// Per layer and token, seven launches; norms are computed by the products after them.
    @Test func aTokenTakesSevenLaunchesPerLayer() {
        let layer: [Shader] = [.matvec, .rotate, .appendKV, .attend, .matvec, .matvec, .matvec]
        let launches = Layer().dispatches(Self.step(rows: 1, context: 9), Self.traits())
        #expect(launches.map(\.kernel.shader) == [.embed] + layer + layer)
    }

    @Test func longContextsAreMerged() {
        let launches = Layer().dispatches(Self.step(rows: 1, context: 999), Self.traits())
        let parts = launches.first { $0.kernel.shader == .attend }
        // 1,000 tokens are 32 blocks, four for each part, of two heads.
        #expect(parts?.groups == Dispatch.Groups(x: 8, y: 2))
        let merge = launches.first { $0.kernel.shader == .attendMerge }
        #expect(merge?.groups == Dispatch.Groups(x: 8))
        #expect(merge?.reads == parts.map { [$0.writes[1]] })
    }

    /// Many sequences share what one alone has of portions and scratch, and long ones get most.
    ///
    /// - Parameters:
    ///   - blocks: those that each sequence sees with its one token.
    ///   - parts: of all sequences; `split` of them are of sequences with several.
    @Test(arguments: [
        ([128], 32, 32), ([1024], 64, 64), ([128, 128], 64, 64),
        ([128] + Array(repeating: 8, count: 7), 46, 46),
        ([1024] + Array(repeating: 8, count: 7), 67, 60),
        (Array(repeating: 128, count: 8), 64, 64), (Array(repeating: 128, count: 64), 64, 0),
    ])
    func sequencesShareThePortions(_ blocks: [Int], _ parts: Int, _ split: Int) {
        let step = Step(
            tokens: blocks.map { _ in 0 }, positions: blocks.map { Int32($0 * 32 - 1) },
            sequences: blocks.enumerated().map { index, count in
                .init(
                    firstRow: index, rows: 1, context: count * 32 - 1,
                    blocks: [(0..<Int32(count)).map { $0 }])
            }, outputRows: [0])
        let launches = Layer().dispatches(step, Self.traits())
        let attention = launches.first { $0.kernel.shader == .attend }
        #expect(attention?.groups == Dispatch.Groups(x: parts, y: 2))
        #expect(launches.contains { $0.kernel.shader == .attendMerge } == (split > 0))
        // Four query heads read a head of the cache; sums, largest score and sum of weights.
        let bytes = split * 8 * (64 + 2) * 4
        let scratch = attention.map { $0.writes.dropFirst().reduce(0) { $0 + $1.bytes } } ?? 0
        #expect(scratch >= bytes && scratch <= 16 * 64 * 2 * (64 + 2) * 4)
    }

    @Test func projectionsOfAnotherFormatTakeALaunchOfTheirOwn() {
        let launches = Layer(valueType: .q6_K).dispatches(
            Self.step(rows: 1, context: 0), Self.traits())
        #expect(launches.prefix(4).map(\.kernel.shader) == [.embed, .matvec, .matvec, .rotate])
    }

    @Test func promptsGoThroughTiles() {
        let layer: [Shader] = [
            .normalize, .matmul, .rotate, .appendKV, .attend, .matmul, .normalize, .matmul, .matmul,
        ]
        let launches = Layer().dispatches(Self.step(rows: 9, context: 0), Self.traits())
        #expect(launches.map(\.kernel.shader) == [.embed] + layer + layer)
    }

    /// The largest that fits, and none where arithmetic has to be exact. Queries, keys and values
    /// share an input, so it is rounded once.
    @Test func promptsGoThroughCooperativeMatrices() {
        let shapes: [DeviceTraits.MatrixShape] = [
            .init(m: 16, n: 8, k: 16), .init(m: 16, n: 16, k: 16), .init(m: 48, n: 16, k: 16),
        ]
        let step = Self.step(rows: 70, context: 0)
        let layer: [Shader] = [
            .normalize, .prepareHalves, .matmulCooperative, .matmulCooperative, .rotate,
            .appendKV, .attendCooperative, .prepareHalves, .matmulCooperative, .normalize,
            .prepareHalves, .matmulCooperative, .prepareHalves, .matmulCooperative,
        ]
        let kernels = Layer(valueType: .q6_K).dispatches(
            step, Self.traits(shapes, hasFloat16: true, hasIntegerDot: true)
        ).map(\.kernel)
        #expect(kernels.map(\.shader) == [.embed] + layer + layer)
        let matrices = kernels.filter { $0.shader == .matmulCooperative }.map(\.constants)
        // A tile of 128 × 128 in four subgroups, and one of 64 × 64 where eight processors would
        // have fewer than four of those.
        #expect(matrices[1].suffix(7) == [64, 64, 32, 32, 16, 16, 16])
        #expect(matrices[3].suffix(7) == [128, 128, 64, 64, 16, 16, 16])
        #expect(matrices.allSatisfy { $0[0] == 128 })
        // 128 × 256 in eight, where every processor has two of them and their shared memory.
        var large = Self.traits(shapes, computeUnits: 4)
        large.sharedBytes = 48 << 10
        let many = Layer().dispatches(Self.step(rows: 256, context: 0), large)
        let gated = many.first { $0.kernel.constants.contains(256) }
        #expect(gated?.kernel.constants == [256, 10, 1, 128, 256, 64, 64, 16, 16, 16])
        #expect(gated?.groups == Dispatch.Groups(x: 16, y: 1))
        // Without them teams are of 32 invocations, whatever a subgroup is.
        var plain = Self.traits(hasFloat16: true)
        plain.subgroupSize = 64
        let halves = Layer(valueType: .q6_K).dispatches(step, plain).map(\.kernel).filter {
            $0.shader == .matmulHalves
        }
        #expect(halves[1].constants == [128, 12, 0, 64, 64, 32, 32])
        #expect(halves[3].constants == [256, 10, 1, 128, 128, 64, 32])
        let exact = Layer(isExact: true).dispatches(step, Self.traits(shapes)).map(\.kernel.shader)
        #expect(exact.filter { $0 == .matmul }.count == 8)
        #expect(!exact.contains(.matmulCooperative) && !exact.contains(.attendCooperative))
    }

    /// As many query vectors as registers and shared memory hold.
    @Test func attentionTilesFitTheDevice() throws {
        let shape = DeviceTraits.MatrixShape(m: 16, n: 16, k: 16)
        func tile(
            _ traits: DeviceTraits, keys: Int, values: Int, type: ElementType = .f16
        ) -> [UInt32]? {
            let geometry = KVGeometry(heads: 2, keyWidth: keys, valueWidth: values, type: type)
            return traits.attentionTile(geometry)?.kernel.constants
        }
        var traits = Self.traits([shape])
        traits.sharedBytes = 48 << 10
        #expect(tile(traits, keys: 128, values: 128) == [64, 1, 128, 128, 32, 2, 16, 16, 16])
        // 48 KiB to the byte.
        traits.sharedBytes -= 1
        #expect(tile(traits, keys: 128, values: 128) == [32, 1, 128, 128, 32, 1, 16, 16, 16])
        #expect(tile(traits, keys: 256, values: 256) == [32, 1, 256, 256, 16, 1, 16, 16, 16])
        #expect(tile(traits, keys: 20, values: 50) == [128, 1, 20, 50, 32, 4, 16, 16, 16])
        // Twice the subgroup, and room for four.
        traits.subgroupSize = 64
        traits.sharedBytes = 128 << 10
        #expect(tile(traits, keys: 64, values: 64) == [256, 1, 64, 64, 64, 4, 16, 16, 16])
        traits.subgroupSize = 32
        // More sums than registers, more bytes than shared memory, a cache of exact numbers.
        #expect(tile(traits, keys: 576, values: 512) == nil)
        traits.sharedBytes = 40 << 10
        #expect(tile(traits, keys: 256, values: 256) == nil)
        #expect(tile(traits, keys: 128, values: 128, type: .f32) == nil)
        // A matrix has more rows than a subgroup has invocations.
        traits.subgroupSize = 8
        #expect(tile(traits, keys: 64, values: 64) == nil)
    }

    /// Prompts alone, and those with vectors for more than half of a tile.
    @Test func promptsAttendThroughCooperativeMatrices() {
        func attention(rows: Int) -> Dispatch? {
            Layer().dispatches(
                Self.step(rows: rows, context: 240), Self.traits([.init(m: 16, n: 16, k: 16)])
            ).first { [.attend, .attendCooperative].contains($0.kernel.shader) }
        }
        // Four vectors a row, in tiles of 16 and of 64; eight blocks in two parts.
        let few = attention(rows: 8)
        #expect(few?.kernel.shader == .attend && few?.groups == Dispatch.Groups(x: 4, y: 2))
        let many = attention(rows: 9)
        #expect(many?.kernel.shader == .attendCooperative)
        #expect(many?.groups == Dispatch.Groups(x: 2, y: 2))
    }

    /// What devices without cooperative matrices compute with, by what they have.
    @Test func arithmeticIsChosenByWeightsAndDevice() {
        let all = Self.traits(hasFloat16: true, hasIntegerDot: true)
        #expect(all.tileArithmetic(of: [.q4_K], columns: 256) == .integers)
        #expect(all.tileArithmetic(of: [.q4_K, .q6_K], columns: 256) == .integers)
        #expect(all.tileArithmetic(of: [.f16], columns: 256) == .halves)
        #expect(all.tileArithmetic(of: [.f16], columns: 77) == .floats)
        let halves = Self.traits(hasFloat16: true)
        #expect(halves.tileArithmetic(of: [.q4_K], columns: 256) == .halves)
        #expect(halves.tileArithmetic(of: [.q4_K, .q6_K], columns: 256) == .floats)
        let integers = Self.traits(hasIntegerDot: true)
        #expect(integers.tileArithmetic(of: [.bf16], columns: 256) == .floats)
        // Shared memory for the tiles, but not for the matrices on their way out.
        var small = Self.traits([.init(m: 16, n: 16, k: 16)], hasFloat16: true)
        small.sharedBytes = 24 << 10
        #expect(small.tileArithmetic(of: [.q4_K], columns: 256) == .halves)
    }

    @Test func inputsAreRoundedOnceForIntegerDotProducts() {
        let layer: [Shader] = [
            .normalize, .prepareBytes, .matmulIntegers, .matmulIntegers, .rotate, .appendKV,
            .attend, .prepareBytes, .matmulIntegers, .normalize, .prepareBytes, .matmulIntegers,
            .prepareBytes, .matmulIntegers,
        ]
        let launches = Layer(valueType: .q6_K).dispatches(
            Self.step(rows: 9, context: 0), Self.traits(hasIntegerDot: true))
        #expect(launches.map(\.kernel.shader) == [.embed] + layer + layer)
        // 512 numbers are 16 blocks of 32; what is rounded is what the products read.
        #expect(launches[2].groups == Dispatch.Groups(x: 1, y: 9))
        #expect(launches[2].writes == launches[3].reads)
        #expect(launches[2].writes[0].bytes == 9 * (512 + 16 * 4))
    }

    /// No dimension has more workgroups than any device takes, and all outputs have one.
    @Test(arguments: [1, 2, 8], [128_256, 151_936, 262_144])
    func largeVocabulariesAreSpreadOverTwoDimensions(rows: Int, vocabulary: Int) throws {
        let layout = VulkanLayout(isExact: false)
        let bytes = layout.storedBytes(type: .q8_0, rows: vocabulary, columns: 64)
        let head = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 0, bytes: bytes), type: .q8_0,
            rows: vocabulary, columns: 64)
        var pass = ForwardPass(
            step: Self.step(rows: rows, context: 0),
            binding: ModelBinding(
                layouts: [layout], weights: [head], slots: [], devices: [.embedding: 0]))
        let output = pass.linear(pass.embed(WeightID(0)), LinearWeights(WeightID(0)))
        let program = pass.finish(output: output)
        let encoder = SegmentEncoder(
            program: program, segment: 0, layout: layout, traits: Self.traits(),
            input: StepInput(program, segment: 0) { UInt64($0.offset) }, inputAddress: 0
        ) { UInt64($0.offset) }
        let product = try #require(encoder.dispatches(ofOperation: 1).first)
        #expect(product.kernel.shader == .matvec)
        #expect(product.groups.x <= 65_535 && product.groups.y <= 65_535)
        let outputs = rows <= 2 ? 4 : 2
        #expect(product.groups.x * product.groups.y * outputs >= vocabulary)
    }

    /// Kernels and groups are those of the unsplit model.
    @Test(arguments: [1, 40])
    func aSplitChangesNoLaunch(rows: Int) {
        let step = Self.step(rows: rows, context: 300)
        let whole = Layer().dispatches(step, Self.traits())
        let split = Layer(devices: 2).dispatches(step, Self.traits())
        #expect(split.map(\.kernel) == whole.map(\.kernel))
        #expect(split.map(\.groups) == whole.map(\.groups))
    }

    @Test(arguments: [1, 40])
    func argumentsFitEveryDevice(rows: Int) {
        let launches = Layer().dispatches(Self.step(rows: rows, context: 300), Self.traits())
        let most = launches.map { 4 * $0.arguments.count }.max()
        #expect(most == Dispatch.maxArgumentBytes)
    }

    @Test func theInputHoldsTheStep() {
        let program = Layer().program(Self.step(rows: 3, context: 31))
        let slot = KVSlot(device: 0, group: 0, layer: 0, layers: 2, geometry: Layer().geometry)
        let input = StepInput(program, segment: 0) { UInt64(1 << 40 + $0.offset) }
        func words(_ offset: Int, _ count: Int) -> [UInt32] {
            Array(input.words[(offset / 4)..<(offset / 4 + count)])
        }
        #expect(words(input.tokens, 3) == [40, 41, 42])
        #expect(words(input.positions, 3) == [31, 32, 33])
        #expect(words(input.rowSequences, 3) == [0, 0, 0])
        #expect(words(input.outputRows, 1) == [2])
        let group = input.group(of: slot)
        let sequence = words(group.sequences, 4)
        #expect(sequence.prefix(3) == [0, 3, 31])
        // Both blocks of both layers, by address.
        let bytes = UInt32(2 * slot.geometry.blockBytes)
        #expect(words(Int(sequence[3]), 4) == [7 * bytes, 256, 8 * bytes, 256])
        #expect(group.used == 7...8)
        #expect(group.written == 7...8)
    }
}
