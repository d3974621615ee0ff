import BoraDeviceMapping
import Testing

@Suite struct DeviceLayersTests {
    static let devices: [DeviceID] = [.gpu(0), .gpu(1), .cpu]

    @Test func dealsLayersInTheOrderGiven() throws {
        func map(_ text: String) throws -> [String] {
            try DeviceLayers(parsing: text, devices: Self.devices).layerDevices(of: 4)
                .map(\.description)
        }
        #expect(try map("1") == ["gpu[0]", "cpu", "cpu", "cpu"])
        #expect(try map("0") == ["cpu", "cpu", "cpu", "cpu"])
        #expect(try map("1:2;0:1") == ["gpu[1]", "gpu[1]", "gpu[0]", "cpu"])
        #expect(try map(" 0:0; 1:3 ") == ["gpu[1]", "gpu[1]", "gpu[1]", "cpu"])
        #expect(try map("0:3;1:3") == ["gpu[0]", "gpu[0]", "gpu[0]", "gpu[1]"])
    }

    @Test func countsTheLayersThatTheModelDoesNotHave() throws {
        let layers = try DeviceLayers(parsing: "0:90;1:9", devices: Self.devices)
        #expect(layers.excess(over: 8) == 91)
        #expect(layers.excess(over: 99) == 0)
        #expect(layers.layerDevices(of: 2) == [.gpu(0), .gpu(0)])
    }

    @Test(arguments: [
        ("", DeviceLayersError.Code.empty, ""), ("0:4;", .empty, ""), (";0:4", .empty, ""),
        ("  ", .empty, ""), ("a:b", .malformed, "a:b"), ("x", .malformed, "x"),
        ("-1", .malformed, "-1"), ("0:-4", .malformed, "0:-4"), ("0:", .malformed, "0:"),
        (":4", .malformed, ":4"), ("0:4:4", .malformed, "0:4:4"), ("0:4;5", .malformed, "5"),
        ("0:4,1:4", .malformed, "0:4,1:4"), ("+1:4", .malformed, "+1:4"),
        ("٣", .malformed, "٣"), ("0:99999999999999999999", .tooLarge, "0:99999999999999999999"),
        ("99999999999", .tooLarge, "99999999999"), ("0:4;0:4", .repeatedOrdinal, "0:4"),
        ("7:4", .unknownOrdinal, "7:4"), ("99999999:0", .unknownOrdinal, "99999999:0"),
    ])
    func refuses(_ text: String, _ code: DeviceLayersError.Code, _ entry: String) {
        let error = #expect(throws: DeviceLayersError.self) {
            try DeviceLayers(parsing: text, devices: Self.devices)
        }
        #expect(error?.code == code)
        #expect(error?.entry == entry)
        #expect(error?.description.contains("gpu[0], gpu[1] and cpu") == true)
        #expect(error?.description.contains("'\(text)'") == true)
    }

    @Test func withoutGPUsOnlyNoneCanBeUsed() throws {
        let none = try DeviceLayers(parsing: "0", devices: [.cpu])
        #expect(none.layerDevices(of: 2) == [.cpu, .cpu])
        let error = #expect(throws: DeviceLayersError.self) {
            try DeviceLayers(parsing: "16", devices: [.cpu])
        }
        #expect(error?.code == .unknownOrdinal)
    }

    @Test(arguments: [
        ("cpu", DeviceID.cpu), ("CPU", .cpu), ("gpu0", .gpu(0)), ("gpu[12]", .gpu(12)),
    ])
    func devicesAreReadByName(_ text: String, _ device: DeviceID) {
        #expect(DeviceID(parsing: text) == device)
    }

    @Test(arguments: [
        "", "gpu", "gpu[]", "gpu[1", "gpu1]", "gpu-1", "gpu+1", "cpu0", "gpu[[1]]",
        "gpu99999999999999999999", "tpu0",
    ])
    func otherNamesAreNoDevices(_ text: String) {
        #expect(DeviceID(parsing: text) == nil)
    }
}
