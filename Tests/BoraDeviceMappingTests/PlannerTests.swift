import BoraCore
import BoraDeviceMapping
import Testing

@Suite struct PlannerTests {
    private static func footprint(
        layers: Int = 4, weight: Int = 10 << 20, windows: [Int?] = [], workspace: Int = 3000
    ) -> Footprint {
        var tensors = [
            Footprint.Tensor(
                name: "embedding", part: .embedding, type: .f16, rows: 1 << 10, columns: 1 << 10,
                stored: BytesByKind(2 << 20), use: .rowPerToken)
        ]
        for layer in 0..<layers {
            for role in [Role.attention, .feedForward] {
                tensors.append(
                    .init(
                        name: "\(layer).\(role)", part: Part(layer: layer, role), type: .f16,
                        rows: weight / 2048, columns: 1 << 10, stored: BytesByKind(weight)))
            }
        }
        // A tied head: the embedding's tensor again.
        tensors.append(
            .init(
                name: "embedding", part: .head, type: .f16, rows: 1 << 10, columns: 1 << 10,
                stored: BytesByKind(2 << 20)))
        return Footprint(
            fingerprint: "0123", architecture: "test", layers: layers, tensors: tensors,
            caches: (0..<layers).map { layer in
                let group = windows.isEmpty ? 0 : layer % windows.count
                var cache = Footprint.LayerCache(
                    layer: layer, group: group, blockTokens: 32, blockBytes: 4096,
                    window: windows.isEmpty ? nil : windows[group])
                cache.heads = 2
                return cache
            },
            workspace: [
                .init(part: .embedding, bytes: BytesByKind(cpu: 1000, gpu: 1000)),
                .init(
                    part: Part(layer: 0, .attention),
                    bytes: BytesByKind(cpu: workspace, gpu: 4000)),
                .init(part: .head, bytes: BytesByKind(cpu: 2000, gpu: 9000)),
            ],
            hiddenBytes: 4096)
    }

    private static func inventory(available: Int) -> Inventory {
        Inventory(
            pools: [
                .init(name: "host", totalBytes: 8 << 30, availableBytes: available, source: "test")
            ],
            devices: [
                .init(id: .cpu, model: "test", pool: 0, cores: 2, overheadBytes: 5 << 20)
            ])
    }

    @Test func billsEveryByteOnce() throws {
        var policy = MappingPolicy()
        policy.maxSequenceLength = 100  // 4 blocks of 32 tokens
        policy.maxBatchSize = 3
        let map = try Planner(
            footprint: Self.footprint(), inventory: Self.inventory(available: 4 << 30),
            policy: policy
        ).plan()
        let bill = try #require(map.bills.first)
        #expect(bill.weights == (2 << 20) + 8 * (10 << 20))
        #expect(bill.kv == 4 * 3 * 4 * 4096)
        #expect(bill.workspace == 3000)
        #expect(bill.overhead == 5 << 20)
        #expect(bill.reserve == 128 << 20)
        #expect(bill.budget == (4 << 30) - (128 << 20))
        #expect(bill.total + bill.free == bill.budget)
        #expect(map.blocksPerGroup == [12])
        #expect(map.layerDevices == [.cpu, .cpu, .cpu, .cpu])
        #expect(map.report.contains("Layers 0-3: cpu (8.00 GiB)"))
    }

    /// The bill of a GPU has what its driver takes, and says whether that is known.
    @Test(arguments: [
        (Inventory.OverheadSource.measured, "measured."),
        (.assumed, "assumed: nothing says what the driver takes."),
    ])
    func overheadsHaveASource(_ source: Inventory.OverheadSource, _ text: String) throws {
        let host = Self.inventory(available: 4 << 30)
        let gpu = Inventory.Device(
            id: .gpu(0), model: "test", pool: 1, cores: 1, overheadBytes: 7 << 20,
            overheadSource: source)
        let pool = Inventory.Pool(
            name: "VRAM", totalBytes: 1 << 30, availableBytes: 1 << 30, source: "test")
        let inventory = Inventory(pools: host.pools + [pool], devices: [gpu] + host.devices)
        let map = try Planner(
            footprint: Self.footprint(), inventory: inventory, policy: MappingPolicy()
        ).plan()
        #expect(map.bills.map(\.overhead) == [7 << 20])
        #expect(map.report.contains("\nThe overhead of gpu[0] is \(text)"))
        let document = PlanDocument(map)
        #expect(document.devices.map(\.overheadSource) == [source])
        let loaded = try DeviceMap(document, for: Self.footprint(), on: inventory)
        #expect(loaded.bills == map.bills)
        let known = try Planner(
            footprint: Self.footprint(), inventory: host, policy: MappingPolicy()
        ).plan()
        #expect(!known.report.contains("The overhead of"))
    }

    /// A windowed group has room for what a chunk sees, and no more than for the whole sequence.
    @Test func windowsBoundTheCache() throws {
        func map(tokens: Int, chunk: Int) throws -> DeviceMap {
            var policy = MappingPolicy()
            policy.maxSequenceLength = tokens
            policy.maxBatchSize = 2
            policy.chunkTokens = chunk
            return try Planner(
                footprint: Self.footprint(windows: [nil, 100]),
                inventory: Self.inventory(available: 4 << 30), policy: policy
            ).plan()
        }
        // 99 + 16 tokens touch at most 5 blocks of 32; with a chunk of 1, 100 tokens touch 5 too.
        let long = try map(tokens: 1024, chunk: 16)
        #expect(long.blocksPerGroup == [2 * 32, 2 * 5])
        #expect(long.bills[0].kv == 2 * (2 * 32 + 2 * 5) * 4096)
        #expect(try map(tokens: 1024, chunk: 1).blocksPerGroup == [2 * 32, 2 * 5])
        #expect(try map(tokens: 1024, chunk: 512).blocksPerGroup == [2 * 32, 2 * 21])
        #expect(try map(tokens: 90, chunk: 16).blocksPerGroup == [2 * 3, 2 * 3])
    }

    @Test func refusesWhatDoesNotFitWithABillAndRemedies() throws {
        var policy = MappingPolicy()
        policy.maxSequenceLength = 1 << 20
        let available = (128 << 20) + (150 << 20)
        let planner = Planner(
            footprint: Self.footprint(), inventory: Self.inventory(available: available),
            policy: policy)
        let error = try #require(throws: MappingError.self) { try planner.plan() }
        #expect(error.code == .doesNotFit)
        let bill = try #require(error.bills.first)
        #expect(bill.free < 0)
        let context = try #require(error.savings.first { $0.remedy.hasPrefix("--max-seq-len") })
        #expect(context.bytes >= -bill.free)
        #expect(error.description.contains("shortfall"))
        #expect(context.isEnough && error.description.contains(", which is enough"))

        // The remedy does what it says.
        policy.maxSequenceLength = try #require(Int(context.remedy.split(separator: " ")[1]))
        let map = try Planner(
            footprint: Self.footprint(), inventory: Self.inventory(available: available),
            policy: policy
        ).plan()
        #expect(map.bills[0].total == bill.total - context.bytes)
    }

    /// Budgets were carved that together are more than there is: no device is short by itself.
    @Test func aMemoryThatIsShortIsNamed() throws {
        var gpu = Inventory.Device(
            id: .gpu(0), model: "test", pool: 0, cores: 1, overheadBytes: 0)
        gpu.carvedBytes = 1 << 40
        let planner = Planner(
            footprint: Self.footprint(weight: 1 << 30),
            inventory: Inventory(
                pools: [
                    .init(
                        name: "VRAM", totalBytes: 1 << 30, availableBytes: 1 << 20, source: "test")
                ],
                devices: [gpu]),
            policy: MappingPolicy())
        let error = try #require(throws: MappingError.self) { try planner.plan() }
        let pool = try #require(error.pools.first)
        #expect(error.bills[0].free > 0 && pool.free == (1 << 20) - error.bills[0].total)
        #expect(error.description.contains("the memory 'VRAM' has 1.00 MiB for all of this"))
        #expect(error.description.contains("    free"))
        #expect(!error.savings.isEmpty && !error.savings.contains(where: \.isEnough))
        #expect(error.description.contains(", which is not enough alone"))
    }

    /// A shorter sequence needs less workspace: the remedy is one, though only for that reason.
    @Test func remediesArePlannedAtTheirOwnSizes() throws {
        let whole = Self.footprint()
        let planner = Planner(
            footprint: Self.footprint(workspace: 1 << 30),
            inventory: Self.inventory(available: (128 << 20) + (150 << 20)),
            policy: MappingPolicy(),
            resized: { $0.maxSequenceLength > 1024 ? Self.footprint(workspace: 1 << 30) : whole })
        let error = try #require(throws: MappingError.self) { try planner.plan() }
        #expect(error.savings.map(\.remedy) == ["--max-seq-len 1024"])
    }

    @Test func namesAQuantizationThatSaves() throws {
        let planner = Planner(
            footprint: Self.footprint(weight: 1 << 30),
            inventory: Self.inventory(available: 1 << 30),
            policy: MappingPolicy())
        let error = try #require(throws: MappingError.self) { try planner.plan() }
        let saving = try #require(error.savings.first { $0.remedy.contains("Q8_0") })
        #expect(saving.bytes > 3 << 30)
    }

    @Test func fewKeysAndValuesAreReadFromNearby() throws {
        func tokenSeconds(length: Int, near: Double, overhead: Double = 0) throws -> Double {
            var policy = MappingPolicy()
            policy.maxSequenceLength = length
            let bare = Self.inventory(available: 4 << 30)
            var device = bare.devices[0]
            device.speed = DeviceSpeed(
                formats: [.init(type: .f16, bytesPerSecond: 1e9, operationsPerSecond: 1e12)],
                cacheBytesPerSecond: 1e9, nearCacheBytesPerSecond: near,
                attentionOperationsPerSecond: 1e12, segmentOverhead: 0, layerOverhead: 0)
            device.speed?.headTokenOverhead = overhead
            let map = try Planner(
                footprint: Self.footprint(),
                inventory: Inventory(pools: bare.pools, devices: [device]), policy: policy
            ).plan()
            return try #require(map.predicted).tokenSeconds
        }
        // At a depth of 56, each of the 4 layers reads 128 bytes for each token.
        let gain = try tokenSeconds(length: 100, near: 1e9) - tokenSeconds(length: 100, near: 2e9)
        #expect(abs(gain - 4 * 56 * 128 / 2e9) < 1e-11)
        let far = try tokenSeconds(length: 1 << 16, near: 1e9)
        #expect(try tokenSeconds(length: 1 << 16, near: 2e9) == far)
        // Both heads take a microsecond for each token besides.
        let plain = try tokenSeconds(length: 100, near: 1e9)
        let narrow = try tokenSeconds(length: 100, near: 1e9, overhead: 1e-6)
        #expect(abs(narrow - plain - 4 * 56 * 2e-6) < 1e-11)
    }

    @Test func reserveIsOnePercentAndAtLeast128MiB() {
        let policy = MappingPolicy()
        #expect(policy.reserve(ofTotal: 1 << 30) == 128 << 20)
        #expect(policy.reserve(ofTotal: 100 << 30) == 1 << 30)
        var own = policy
        own.reserveBytes = 7
        #expect(own.reserve(ofTotal: 100 << 30) == 7)
    }

    @Test func withoutADeviceThereIsNoPlan() {
        let planner = Planner(
            footprint: Self.footprint(), inventory: Inventory(pools: [], devices: []),
            policy: MappingPolicy())
        #expect(throws: MappingError.self) { try planner.plan() }
    }
}
