import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraVulkan
import TestSupport
import Testing

@Suite(.serialized) struct VulkanDeviceTests {
    @Test func theSoftwareDeviceIsDescribed() throws {
        let physical = try #require(SoftwareGPU.physical)
        #expect(physical.name.contains("llvmpipe"))
        #expect(physical.memory.totalBytes > 1 << 28)
        #expect(physical.memory.availableBytes <= physical.memory.totalBytes)
        #expect(physical.identity.count > 64)
        #expect(physical.features.contains { $0.name == "subgroup size" })
    }

    /// Bytes are counted by the device itself, fresh memory is zero, and nothing is behind it.
    @Test func arenasAreTakenStoredAndCounted() throws {
        let device = try SoftwareGPU.device()
        let geometry = KVGeometry(heads: 2, keyWidth: 32, valueWidth: 32, type: .f16)
        let kv = ArenaSizes.KV(group: 0, layers: 3, geometry: geometry, blocks: 5)
        try device.allocate(
            ArenaSizes(weights: 1000 * 256, weightStarts: [0], kv: [kv], workspace: 4096))
        #expect(device.account.takenBytes == 1000 * 256 + kv.bytes + 4096)
        #expect(device.account.entries.allSatisfy { $0.touched == 0 && $0.guardIntact })

        let values = (0..<900).map { Float($0 + 1) }
        let target = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 512, bytes: 3600), type: .f32,
            rows: 1, columns: 900)
        let done = Condition(0)
        try device.store([WeightUpload(target: target, source: .values(values))]) { bytes in
            done.update { $0 += bytes }
        }
        #expect(done.update { $0 } == 3600)
        #expect(device.account[.weights]?.touched == 512 + 3600)

        try device.growKV(group: 0, toBlocks: 9)
        #expect(device.account[.kv(group: 0)]?.bytes == 9 * 3 * geometry.blockBytes)
        try device.growWorkspace(to: 8192)
        #expect(device.account[.workspace]?.bytes == 8192)
        try device.checkGuards()
    }

    @Test func exhaustedMemoryIsAnErrorThatNamesDeviceAndBytes() throws {
        let device = try SoftwareGPU.device(3)
        let bytes = try #require(SoftwareGPU.physical).memory.totalBytes * 2
        #expect {
            try device.allocate(
                ArenaSizes(weights: bytes, weightStarts: [0], kv: [], workspace: 256))
        } throws: { error in
            (error as? DeviceError)?.code == .outOfMemory(arena: .weights, bytes: bytes)
                && "\(error)".contains("gpu[3]")
        }
    }

    /// Rows of a table, once in a segment of its own and once behind a crossing from elsewhere.
    private func program(
        crossing: Bool, _ layout: any BackendLayout, outputRows: [Int32] = [0, 1]
    ) -> Program {
        let table = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 0, bytes: 3 * 5 * 4), type: .f32,
            rows: 3, columns: 5)
        let scale = StoredWeight(
            handle: Handle(device: crossing ? 1 : 0, arena: .weights, offset: 256, bytes: 20),
            type: .f32, rows: 1, columns: 5)
        var pass = ForwardPass(
            step: Step(
                tokens: [2, 0], positions: [0, 1], sequences: [], outputRows: outputRows),
            binding: ModelBinding(
                layouts: [layout, layout], weights: [table, scale], slots: [],
                devices: [.embedding: 0, .head: crossing ? 1 : 0]))
        var hidden = pass.embed(WeightID(0))
        pass.begin(.head, carrying: &hidden)
        let rows = pass.outputRows(of: hidden)
        let output = pass.normalize(rows, by: WeightID(1), epsilon: 0)
        return pass.finish(output: output)
    }

    private func loaded(
        on device: VulkanDevice? = nil
    ) throws -> VulkanDevice {
        let device = try device ?? SoftwareGPU.device()
        try device.allocate(
            ArenaSizes(weights: 512, weightStarts: [0, 256], kv: [], workspace: 1024))
        let table = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 0, bytes: 60), type: .f32, rows: 3,
            columns: 5)
        let scale = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 256, bytes: 20), type: .f32,
            rows: 1, columns: 5)
        try device.store(
            [
                WeightUpload(target: table, source: .values((0..<15).map { Float($0) })),
                WeightUpload(target: scale, source: .values([1, 2, 3, 4, 5])),
            ], progress: { _ in })
        return device
    }

    /// Where one allocation holds less than an arena, it is cut, and nothing else is different.
    @Test func arenasAreCutWhereAllocationsAreBounded() throws {
        let physical = try #require(SoftwareGPU.physical)
        let device = try loaded(
            on: VulkanDevice(
                physical, id: .gpu(0), isExact: true, traits: physical.traits,
                allocationLimit: 512))
        #expect(device.memory(.weights).ranges == [0..<256, 256..<512])
        #expect(device.account.takenBytes == 512 + 1024)
        let program = program(crossing: false, device.layout)
        try device.commit(program, segment: 0).wait()
        let whole = try loaded()
        try whole.commit(program, segment: 0).wait()
        let values = try device.read(program.output, of: program)
        #expect(try whole.read(program.output, of: program) == values)
        #expect(device.account[.weights]?.touched == 256 + 20)
        #expect(device.account.entries.allSatisfy { $0.guardIntact })
    }

    /// What a device hands on through pinned memory is what one device computes alone, to the bit.
    @Test func hiddenStatesCrossBetweenLogicalDevices() throws {
        let (first, second) = (try loaded(), try loaded())
        let whole = program(crossing: false, first.layout)
        try first.commit(whole, segment: 0).wait()
        let alone = try first.read(whole.output, of: whole)
        #expect(abs(alone[0] - 10 / Float(146).squareRoot()) < 1e-5)

        let split = program(crossing: true, first.layout)
        #expect(split.segments.count == 2)
        let crossing = try #require(split.segments[1].crossings.first)
        try first.commit(split, segment: 0).wait()
        let hidden = try first.read(crossing.source, of: split)
        #expect(hidden == [10, 11, 12, 13, 14, 0, 1, 2, 3, 4])
        try second.write(hidden, to: crossing.target, of: split)
        try second.commit(split, segment: 1).wait()
        #expect(try second.read(split.output, of: split) == alone)
        try first.checkGuards()
        try second.checkGuards()
    }

    /// A chunk of a prompt before the last: the head is left out, and the output has no place.
    @Test(arguments: [false, true])
    func aStepWithoutLogitsRuns(crossing: Bool) throws {
        let device = try loaded()
        let program = program(crossing: crossing, device.layout, outputRows: [])
        #expect(program.segments.count == 1 && program.output.rows == 0)
        try device.commit(program, segment: 0).wait()
        try device.checkGuards()
    }

    @Test func aLostDeviceIsAnErrorThatNamesIt() throws {
        let device = try loaded()
        let program = program(crossing: false, device.layout)
        device.injectLoss(afterSubmissions: 1)
        try device.commit(program, segment: 0).wait()
        #expect {
            try device.commit(program, segment: 0).wait()
        } throws: { error in
            (error as? DeviceError)?.code == .lost(reason: "VK_ERROR_DEVICE_LOST")
                && "\(error)".contains("gpu[0]")
        }
    }

    @Test func aTokenOutsideTheTableIsRefused() throws {
        let device = try loaded()
        let table = StoredWeight(
            handle: Handle(device: 0, arena: .weights, offset: 0, bytes: 40), type: .f32, rows: 2,
            columns: 5)
        var pass = ForwardPass(
            step: Step(tokens: [2], positions: [0], sequences: [], outputRows: []),
            binding: ModelBinding(
                layouts: [device.layout], weights: [table], slots: [], devices: [.embedding: 0]))
        let output = pass.embed(WeightID(0))
        let program = pass.finish(output: output)
        #expect(throws: DeviceError(.tokenOutOfRange(token: 2, vocabulary: 2), on: .gpu(0))) {
            try device.commit(program, segment: 0)
        }
    }

    /// The layers report every object that is left when its device, or the instance, is given up.
    @Test func nothingIsLeftAtTheEnd() throws {
        // Another instance keeps the driver's code loaded.
        _ = try #require(SoftwareGPU.physical)
        do {
            let library = try VulkanLibrary(validates: true)
            let physical = try #require(library.devices.first { $0.isSoftware })
            let device = try VulkanDevice(physical, id: .gpu(0))
            try device.allocate(
                ArenaSizes(weights: 4096, weightStarts: [0], kv: [], workspace: 4096))
            let program = program(crossing: false, device.layout)
            try device.commit(program, segment: 0).wait()
            // Both arenas with their guards, and the step's input. A driver's budget counts what
            // other programs hold too.
            let memory = physical.memory
            let held = memory.totalBytes - memory.availableBytes - 8192 - 512
            #expect(memory.source == "driver's budget" ? held > 0 : (1...256).contains(held))
        }
        #expect(VulkanLibrary.validationMessages == [])
    }

    @Test func validationIsSilent() {
        #expect(VulkanLibrary.validationMessages == [])
    }
}
