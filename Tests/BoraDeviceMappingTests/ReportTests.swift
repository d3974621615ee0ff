import BoraDeviceMapping
import Testing

/// What is printed of a map, but for the bars.
@Suite struct ReportTests {
    /// - Parameter staging: MiB for each GPU.
    private static func report(
        _ devices: [DeviceID], staging: Int = 0, pools: [PoolBill]
    ) -> String {
        let bills = devices.map { device in
            DeviceBill(
                device: device, model: "test", memory: 128 << 20, budget: 112 << 20,
                weights: 64 << 20, kv: 16 << 20, workspace: 4 << 20, overhead: 4 << 20,
                reserve: 0, staging: device == .cpu ? 0 : staging << 20)
        }
        return DeviceMap(
            fingerprint: "0", layers: 0, assignments: [], bills: bills, pools: pools,
            blocksPerGroup: [], policy: MappingPolicy()
        ).report
    }

    private static func pool(_ name: String, total: Int) -> PoolBill {
        PoolBill(name: name, budget: 112 << 20, total: total << 20)
    }

    /// A memory of its own has nothing to add to the device's line.
    @Test func theBillHasALineForEachDevice() {
        #expect(
            Self.report(
                [.gpu(0), .cpu], pools: [Self.pool("A", total: 88), Self.pool("host", total: 88)])
                    == """
                    Model has 0 repeating layers.

                      device   weights  KV cache  workspace  overhead     total  reserve      free
                      gpu[0]  64.0 MiB  16.0 MiB   4.00 MiB  4.00 MiB  88.0 MiB      0 B  24.0 MiB
                      cpu     64.0 MiB  16.0 MiB   4.00 MiB  4.00 MiB  88.0 MiB      0 B  24.0 MiB
                    """)
    }

    @Test func stagingAndSharedMemoriesAreShown() {
        let tables = """
              device   weights  KV cache  workspace  overhead     total  reserve      free   staging
              gpu[0]  64.0 MiB  16.0 MiB   4.00 MiB  4.00 MiB  88.0 MiB      0 B  24.0 MiB  8.00 MiB
              cpu     64.0 MiB  16.0 MiB   4.00 MiB  4.00 MiB  88.0 MiB      0 B  24.0 MiB       0 B

              memory     total   budget      free
              host    96.0 MiB  112 MiB  16.0 MiB
            """
        let pools = [Self.pool("host", total: 96), Self.pool("A", total: 88)]
        #expect(Self.report([.gpu(0), .cpu], staging: 8, pools: pools).hasSuffix(tables))
        let shared = Self.report([.gpu(0), .gpu(1)], pools: [Self.pool("A", total: 176)])
        #expect(shared.hasSuffix("\n  A       176 MiB  112 MiB  -64.0 MiB"))
        #expect(!shared.contains("staging"))
    }

    private static func report(bound: Double) -> String {
        DeviceMap(
            fingerprint: "0", layers: 0, assignments: [], bills: [], blocksPerGroup: [],
            policy: MappingPolicy(),
            predicted: PredictedTime(
                promptSeconds: 1.25, tokenSeconds: 0.02, workSeconds: 11.5, boundSeconds: bound),
            reasons: ["gpu[1] is left out: it is slow."]
        ).report
    }

    @Test func predictionsAreShown() {
        #expect(
            Self.report(bound: 11).hasSuffix(
                """
                Expected: 2048 tokens of prompt in 1.25 s, then 512 generated at 20.0 ms each \
                (50.0 tokens/s).
                No map can do it in less than 11.0 s; this one takes 11.5 s, 4.5 % more.
                gpu[1] is left out: it is slow.
                """))
        #expect(Self.report(bound: 0.1).contains("this one takes 11.5 s, 115 times as much.\n"))
        #expect(Self.report(bound: 5).contains("this one takes 11.5 s, 2.3 times as much.\n"))
        #expect(
            Self.report(bound: 11.5)
                .contains("No map can do it in less than the 11.5 s of this one.\n"))
    }
}
