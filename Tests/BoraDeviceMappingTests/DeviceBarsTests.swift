import BoraDeviceMapping
import Testing

@Suite struct DeviceBarsTests {
    private static func map(_ bills: [DeviceBill]) -> DeviceMap {
        DeviceMap(
            fingerprint: "0", layers: 0, assignments: [], bills: bills, blocksPerGroup: [],
            policy: MappingPolicy())
    }

    private static func bill(_ device: DeviceID, weights: Int, reserve: Int = 16) -> DeviceBill {
        DeviceBill(
            device: device, model: "test", memory: 128 << 20, budget: (128 - reserve) << 20,
            weights: weights << 20, kv: 16 << 20, workspace: 4 << 20, overhead: 4 << 20,
            reserve: reserve << 20)
    }

    private static func bars(_ bills: [DeviceBill], width: Int?) -> [String] {
        map(bills).report(width: width).split(separator: "\n").map(String.init).filter {
            $0.contains("█") && !$0.contains("weights")
        }
    }

    @Test func cellsAreInProportion() {
        // 98 columns leave room for 60 cells at most: 2 MiB and a bit each.
        let bars = Self.bars([Self.bill(.gpu(0), weights: 64)], width: 98)
        let expected =
            String(repeating: "█", count: 29) + String(repeating: "▓", count: 8)
            + String(repeating: "▒", count: 4) + String(repeating: "·", count: 11)
            + String(repeating: "░", count: 8)
        #expect(bars.count == 1)
        let cells = bars.first.map { $0.filter { "█▓▒·░".contains($0) } } ?? ""
        #expect(cells.count == 60)
        #expect(cells.count { $0 == "▓" } == expected.count { $0 == "▓" })
        #expect(cells.count { $0 == "░" } == expected.count { $0 == "░" })
        #expect(bars.first?.hasSuffix("  128 MiB") == true)
    }

    @Test func whatIsThereHasACellAndRowsAlign() {
        let bars = Self.bars(
            [
                Self.bill(.gpu(0), weights: 88), Self.bill(.gpu(10), weights: 1, reserve: 0),
                Self.bill(.cpu, weights: 1),
            ], width: 80)
        #expect(bars.count == 3)
        #expect(Set(bars.map(\.count)).count == 1)
        #expect(bars.allSatisfy { $0.contains("▒") && $0.contains("▓") })
        #expect(!bars[0].contains("·"))
        #expect(!bars[1].contains("░"))
    }

    @Test(arguments: [nil, 0, 30, 70])
    func withoutRoomThereAreNone(_ width: Int?) {
        #expect(Self.bars([Self.bill(.gpu(0), weights: 64)], width: width).isEmpty)
    }
}
