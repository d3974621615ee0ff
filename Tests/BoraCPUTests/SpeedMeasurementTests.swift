import BoraCPU
import BoraCore
import BoraDeviceMapping
import BoraDevices
import Testing

/// Measuring through the backend contract, on the CPU.
@Suite(.serialized) struct SpeedMeasurementTests {
    @Test func everythingIsMeasuredInTime() throws {
        let device = try CPUDevice(threads: 2)
        let start = ContinuousClock.now
        let result = try SpeedMeasurement.measure(
            device, memory: 256 << 20, types: ElementType.allCases)
        #expect(ContinuousClock.now - start < .seconds(10))
        try device.checkGuards()
        let speed = result.speed
        #expect(speed.formats.map(\.type) == ElementType.allCases)
        for format in speed.formats {
            #expect((1e7...1e13).contains(format.bytesPerSecond), "\(format)")
            #expect((1e8...1e16).contains(format.operationsPerSecond), "\(format)")
        }
        #expect((1e7...1e13).contains(speed.cacheBytesPerSecond))
        #expect((1e8...1e16).contains(speed.attentionOperationsPerSecond))
        #expect((1e-7...1e-1).contains(speed.segmentOverhead))
        #expect((1e-7...1e-1).contains(speed.layerOverhead))
        for rate in [result.transfer.readBytesPerSecond, result.transfer.writeBytesPerSecond] {
            #expect((1e7...1e13).contains(rate))
        }
        for latency in [result.transfer.readLatency, result.transfer.writeLatency] {
            #expect((0...1e-1).contains(latency))
        }
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
