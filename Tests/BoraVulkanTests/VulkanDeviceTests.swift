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
            try device.allocate(ArenaSizes(weights: bytes, kv: [], workspace: 256))
        } throws: { error in
            (error as? DeviceError)?.code == .outOfMemory(arena: .weights, bytes: bytes)
                && "\(error)".contains("gpu[3]")
        }
    }

    @Test func validationIsSilent() {
        #expect(VulkanLibrary.validationMessages == [])
    }
}
