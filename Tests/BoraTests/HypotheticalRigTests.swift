import Bora
import BoraCore
import BoraDeviceMapping
import Testing

/// Descriptions of devices that are not there, and what is wrong with them.
@Suite struct HypotheticalRigTests {
    private static let gpu = "{kind: gpu, memory: 24GiB, bandwidth: 900GB/s, compute: 80TFLOP/s}"
    private static let cpu = "{kind: cpu, memory: 256GiB, bandwidth: 60GB/s, compute: 2TFLOP/s}"

    @Test func aRigIsAnInventory() throws {
        let inventory = try HypotheticalRig(
            """
            devices:
              - \(Self.gpu)
              - {kind: gpu, name: Small, memory: 8GiB, bandwidth: 0.4TB/s, compute: 500 GFLOPS}
              - \(Self.cpu)
            links: {bandwidth: 25GB/s, latency: 10us}
            """, file: "rig.yaml"
        ).inventory
        #expect(inventory.devices.map(\.id) == [.gpu(0), .gpu(1), .cpu])
        #expect(inventory.devices.map(\.model) == ["hypothetical", "Small", "hypothetical"])
        #expect(inventory.pools.map(\.totalBytes) == [24 << 30, 8 << 30, 256 << 30])
        #expect(inventory.devices.map(\.pool) == [0, 1, 2])
        let speed = try #require(inventory[.gpu(1)]?.speed)
        for type in ElementType.allCases {
            #expect(speed[type]?.bytesPerSecond == 4e11)
            #expect(speed[type]?.operationsPerSecond == 5e11)
        }
        #expect(speed.cacheBytesPerSecond == 4e11)
        #expect(inventory.links.count == 6)
        #expect(inventory.links.allSatisfy { $0.bytesPerSecond == 2.5e10 })
        #expect(inventory.links.allSatisfy { abs($0.latency - 1e-5) < 1e-12 })
    }

    @Test func linksGoBothWaysUnlessTheySayOtherwise() throws {
        let inventory = try HypotheticalRig(
            """
            devices: [\(Self.gpu), \(Self.cpu)]
            links:
              - {from: cpu, to: gpu0, bandwidth: 20GB/s, latency: 5us}
            """, file: "rig.yaml"
        ).inventory
        #expect(inventory.links.map(\.bytesPerSecond) == [2e10, 2e10])
        let uneven = try HypotheticalRig(
            """
            devices: [\(Self.gpu), \(Self.cpu)]
            links:
              - {from: cpu, to: gpu0, bandwidth: 20GB/s, latency: 5us}
              - {from: gpu0, to: cpu, bandwidth: 10GB/s, latency: 5us}
            """, file: "rig.yaml"
        ).inventory
        #expect(uneven.links.first { $0.from == .gpu(0) }?.bytesPerSecond == 1e10)
        #expect(uneven.links.first { $0.from == .cpu }?.bytesPerSecond == 2e10)
    }

    @Test func devicesCanShareAMemory() throws {
        let inventory = try HypotheticalRig(
            """
            devices:
              - {kind: gpu, pool: ram, memory: 16GiB, bandwidth: 60GB/s, compute: 3TFLOP/s}
              - {kind: cpu, pool: ram, memory: 16GiB, bandwidth: 50GB/s, compute: 1TFLOP/s}
            links: {bandwidth: 50GB/s, latency: 1us}
            """, file: "rig.yaml"
        ).inventory
        #expect(inventory.pools.map(\.name) == ["ram"])
        #expect(inventory.devices.map(\.pool) == [0, 0])
    }

    @Test func oneDeviceNeedsNoLinks() throws {
        #expect(
            try HypotheticalRig("devices: [\(Self.cpu)]", file: "r").inventory.links.isEmpty)
    }

    @Test(
        arguments: [
            ("links: 3", nil, "'devices' has to be a list"),
            ("devices: []", 1, "'devices' has to be a list"),
            ("devices: 3", 1, "'devices' has to be a list"),
            ("device: []", 1, "a rig has no 'device'; it has devices, links"),
            ("devices:\n  - 3", 2, "a device has to be a list"),
            ("devices:\n  - {kind: tpu}", 2, "'kind' has to be gpu or cpu"),
            ("devices:\n  - {memory: 1GiB}", 2, "the device has no 'kind'"),
            ("devices:\n  - {kind: gpu}", 2, "the device has no 'bandwidth'"),
            ("devices:\n  - {kind: gpu, cores: 3}", 2, "a device has no 'cores'; it has kind"),
            ("devices: [\(cpu), \(cpu)]", 1, "second CPU"),
            ("devices: [\(gpu), \(cpu)]", 1, "'links' is missing"),
            ("devices: [\(gpu), \(cpu)]\nlinks: {bandwidth: 1GB/s}", 2, "no 'latency'"),
            (
                "devices: [\(gpu), \(cpu)]\nlinks:\n  - {from: gpu1, to: cpu}", 3,
                "the rig has no 'gpu1'; it has gpu[0] and cpu"
            ),
            (
                "devices: [\(gpu), \(gpu), \(cpu)]\nlinks:\n"
                    + "  - {from: gpu0, to: cpu, bandwidth: 1GB/s, latency: 1us}", 3,
                "no link between gpu[0] and gpu[1]"
            ),
            (
                "devices: [\(gpu), \(cpu)]\nlinks:\n"
                    + "  - {from: cpu, to: cpu, bandwidth: 1GB/s, latency: 1us}", 3, "to itself"
            ),
        ] as [(String, Int?, String)])
    func problemsAreNamedWithTheirLine(_ text: String, _ line: Int?, _ problem: String) {
        let error = #expect(throws: YAMLError.self) {
            try HypotheticalRig(text, file: "rig.yaml")
        }
        if let line { #expect(error?.line == line) }
        #expect(error?.description.hasPrefix("rig.yaml") == true)
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "none")")
    }

    @Test(arguments: [
        ("memory: 24GiB", "memory: much", "'much' is no size"),
        ("memory: 24GiB", "memory: 0", "'0' is no size"),
        ("memory: 24GiB", "memory: 24", "'24' is no size; give one with its unit, as 24GiB"),
        ("bandwidth: 900GB/s", "bandwidth: 900GB", "'900GB' is no rate of bytes"),
        ("bandwidth: 900GB/s", "bandwidth: 0GB/s", "'0GB/s' is no rate of bytes"),
        ("compute: 80TFLOP/s", "compute: 80", "'80' is no rate of operations"),
        ("compute: 80TFLOP/s", "compute: 0TFLOP/s", "is no rate of operations"),
        ("latency: 10us", "latency: 10", "'10' is no time"),
        ("latency: 10us", "latency: 20s", "'20s' is no time below a second"),
        ("latency: 10us", "latency: [10us]", "a time has to be one value"),
    ])
    func quantitiesAreChecked(_ right: String, _ wrong: String, _ problem: String) {
        let text =
            "devices: [\(Self.gpu), \(Self.cpu)]\n"
            + "links: {bandwidth: 25GB/s, latency: 10us}\n"
        let error = #expect(throws: YAMLError.self) {
            try HypotheticalRig(text.replacing(right, with: wrong, maxReplacements: 1), file: "r")
        }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "none")")
    }
}
