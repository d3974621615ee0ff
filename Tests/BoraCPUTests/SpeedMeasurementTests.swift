import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import Testing

/// Measuring through the backend contract, on the CPU.
@Suite(.serialized) struct SpeedMeasurementTests {
    /// How fast is for nobody to say: other processes may be at work.
    @Test func everythingIsMeasured() throws {
        let device = try CPUDevice(threads: 2)
        let result = try SpeedMeasurement.measure(
            device, memory: 256 << 20, types: ElementType.allCases)
        try device.checkGuards()
        let speed = result.speed
        #expect(speed.formats.map(\.type) == ElementType.allCases)
        let formats = speed.formats.flatMap { [$0.bytesPerSecond, $0.operationsPerSecond] }
        let others = [
            speed.cacheBytesPerSecond, speed.attentionOperationsPerSecond, speed.segmentOverhead,
            speed.layerOverhead, result.transfer.readBytesPerSecond, result.transfer.readLatency,
            result.transfer.writeBytesPerSecond, result.transfer.writeLatency,
        ]
        #expect((formats + others).allSatisfy { $0 > 0 && $0.isFinite }, "\(result)")
        #expect(speed.nearCacheBytesPerSecond >= speed.cacheBytesPerSecond)
    }

    @Test func littleMemoryIsEnough() throws {
        let device = try CPUDevice(threads: 1)
        _ = try SpeedMeasurement.measure(device, memory: 20 << 20, types: [.q4_K])
        let taken = device.account.takenBytes
        #expect(taken < 40 << 20, "\(taken) bytes")
    }

    @Test func onlyWhatIsMissingIsMeasured() throws {
        let first = try SpeedMeasurement.measure(
            try CPUDevice(threads: 1), memory: 20 << 20, types: [.q8_0])
        let second = try SpeedMeasurement.measure(
            try CPUDevice(threads: 1), memory: 20 << 20, types: [.f16, .q8_0], beside: first)
        #expect(second.speed.formats.map(\.type) == [.q8_0, .f16])
        #expect(second.speed.formats[0] == first.speed.formats[0])
        #expect(second.transfer == first.transfer)
        #expect(second.speed.segmentOverhead == first.speed.segmentOverhead)
    }
}
