import BoraDeviceMapping
import Testing

@Suite struct DeviceListTests {
    private static let machine: [DeviceID] = [.gpu(0), .gpu(1), .cpu]

    /// On a machine whose CPU has 16 GiB, and each GPU 8.
    private static func list(_ text: String) throws(DeviceListError) -> DeviceList {
        try DeviceList(parsing: text, machine: machine) { $0 == .cpu ? 16 << 30 : 8 << 30 }
    }

    private static func entries(_ text: String) throws -> [String] {
        try list(text).entries.map { entry in
            "\(entry.device) \(entry.bytes.map { "\($0)" } ?? "all")"
        }
    }

    @Test func devicesAreCarvedBySize() throws {
        #expect(
            try Self.entries("gpu0:40MiB,gpu0:20MiB,cpu")
                == ["gpu[0] \(40 << 20)", "gpu[0] \(20 << 20)", "cpu all"])
        #expect(try Self.entries("gpu1") == ["gpu[1] all"])
        #expect(
            try Self.entries("CPU:1.5GB, gpu[1]:2G") == ["cpu 1500000000", "gpu[1] \(2 << 30)"])
        // Whether there is room for both at once is for the plan to find out.
        #expect(
            try Self.entries("gpu0:8GiB,gpu0:8GiB,cpu:16GiB") == [
                "gpu[0] \(8 << 30)", "gpu[0] \(8 << 30)", "cpu \(16 << 30)",
            ])
    }

    @Test(arguments: [
        ("", DeviceListError.Code.empty, ""), ("gpu0,", .empty, ""), (",cpu", .empty, ""),
        (":40MiB", .empty, ":40MiB"), ("cuda", .malformed, "cuda"), ("gpu", .malformed, "gpu"),
        ("gpu0;cpu", .malformed, "gpu0;cpu"), ("gpu7", .unknownDevice, "gpu7"),
        ("gpu0:", .malformedSize, "gpu0:"), ("gpu0:much", .malformedSize, "gpu0:much"),
        ("gpu0:0", .malformedSize, "gpu0:0"), ("gpu0:-4MiB", .malformedSize, "gpu0:-4MiB"),
        ("gpu0:1MiB:2", .malformedSize, "gpu0:1MiB:2"),
        ("gpu0:40", .malformedSize, "gpu0:40"),
        ("gpu1:8193MiB", .tooLarge(.gpu(1), memory: 8 << 30), "gpu1:8193MiB"),
        ("cpu:99TiB", .tooLarge(.cpu, memory: 16 << 30), "cpu:99TiB"),
        ("cpu,cpu", .repeated, "cpu"),
        ("cpu:1GiB,cpu:1GiB", .repeated, "cpu:1GiB"),
        ("gpu0,gpu0", .repeatedWithoutSize, "gpu0"),
        ("gpu0:1MiB,gpu0", .repeatedWithoutSize, "gpu0"),
        ("gpu0,gpu0:1MiB", .repeatedWithoutSize, "gpu0:1MiB"),
    ])
    func refuses(_ text: String, _ code: DeviceListError.Code, _ entry: String) {
        let error = #expect(throws: DeviceListError.self) {
            try Self.list(text)
        }
        #expect(error?.code == code)
        #expect(error?.entry == entry)
        #expect(error?.description.contains("This machine has gpu[0], gpu[1] and cpu") == true)
    }
}
