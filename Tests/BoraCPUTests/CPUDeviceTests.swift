import BoraCPU
import BoraCore
import BoraDevices
import CKernels
import TestSupport
import Testing

@Suite struct CPUDeviceTests {
    /// Every f16 there is, through the packed table of a one-column matrix.
    @Test func halvesOfEveryPatternAreConverted() {
        let bits = (0...UInt16.max).map { $0 }
        for row in bits.indices {
            var value: Float = 0
            unsafe bora_dequantize_row(BORA_F16, bits.count, 1, row, bits, &value)
            let expected = Float(Float16(bitPattern: bits[row]))
            #expect(value == expected || value.isNaN && expected.isNaN)
        }
    }

    /// Packing is a permutation of the file's bytes that unpacking undoes, for any number of rows.
    @Test(arguments: 0..<Int(BORA_FORMAT_COUNT.rawValue))
    func packingKeepsEveryByte(format: Int) {
        let format = bora_format(rawValue: UInt32(format))
        var generator = SeededGenerator(seed: 11)
        for rows in [1, 2, 15, 16, 17, 32, 45] {
            let columns = 3 * bora_block_elements(format)
            let count = bora_matrix_bytes(format, rows, columns)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var packed = Array(repeating: UInt8(0), count: count)
            var back = packed
            let panels = bora_panel_count(rows)
            unsafe bora_pack(format, rows, columns, 0, panels, bytes, &packed)
            unsafe bora_unpack(format, rows, columns, 0, panels, packed, &back)
            #expect(back == bytes)
            #expect(packed.sorted() == bytes.sorted())
        }
    }

    @Test func arenasGrowAndKeepWhatIsStored() throws {
        let device = try CPUDevice(threads: 1)
        let geometry = KVGeometry(heads: 1, keyWidth: 4, valueWidth: 4, type: .f32)
        try device.allocate(
            ArenaSizes(
                weights: 100, weightStarts: [0],
                kv: [ArenaSizes.KV(group: 0, layers: 3, geometry: geometry, blocks: 2)],
                workspace: 1000))
        #expect(device.account.takenBytes == 1100 + 2 * 3 * geometry.blockBytes)
        #expect(device.account[.workspace]?.touched == 0)
        try device.growKV(group: 0, toBlocks: 5)
        try device.growWorkspace(to: 2000)
        #expect(device.account[.kv(group: 0)]?.bytes == 5 * 3 * geometry.blockBytes)
        #expect(device.account[.workspace]?.bytes == 2000)
        #expect(throws: DeviceError.self) { try device.growWorkspace(to: 1 << 60) }
        #expect(device.account[.workspace]?.bytes == 2000)
    }

    @Test func theReferenceIsAlwaysThere() {
        #expect(KernelSet(named: "scalar")?.name == "scalar")
        #expect(KernelSet(named: "abacus")?.name == nil)
        #expect(KernelSet.available.contains { $0.name == KernelSet.fastest.name })
    }
}
