import BoraCore
import BoraDeviceMapping
import TestSupport
import Testing

/// What the specification says in words, on a model of four layers of 1,000 bytes.
@Suite struct MappingRuleTests {
    private static let layerBytes = 1024

    private static func footprint(experts: Int = 0, vision: Int = 0) -> Footprint {
        func tensor(
            _ name: String, _ part: Part, _ bytes: Int, _ use: Footprint.Tensor.Use = .whole
        ) -> Footprint.Tensor {
            .init(
                name: name, part: part, type: .f16, rows: bytes / 64, columns: 32,
                stored: BytesByKind(bytes), use: use)
        }
        var tensors: [Footprint.Tensor] = []
        if vision > 0 {
            tensors.append(tensor("encoder", Part(.visionEncoder), vision))
            tensors.append(tensor("projector", Part(.projector), 64))
        }
        tensors.append(tensor("embedding", .embedding, 512, .rowPerToken))
        for layer in 0..<4 {
            tensors.append(tensor("\(layer).attention", Part(layer: layer, .attention), layerBytes))
            if experts > 0 {
                tensors.append(tensor("\(layer).router", Part(layer: layer, .router), 64))
                tensors.append(
                    tensor(
                        "\(layer).experts", Part(layer: layer, .experts), experts,
                        .experts(count: 8, chosen: 2)))
            }
        }
        tensors.append(tensor("head", .head, 512))
        return Footprint(
            fingerprint: "4 layers", architecture: "test", layers: 4, tensors: tensors,
            caches: (0..<4).map {
                .init(layer: $0, group: 0, blockTokens: 32, blockBytes: 1)
            },
            workspace: [
                .init(part: Part(.visionEncoder), bytes: BytesByKind(5000)),
                .init(part: .head, bytes: BytesByKind(100)),
            ], hiddenBytes: 64)
    }

    /// GPUs with these budgets, each twice as slow as the one before, and a CPU.
    private static func inventory(gpus: [Int], cpu: Int? = 1 << 20) -> Inventory {
        let budgets = gpus + (cpu.map { [$0] } ?? [])
        let devices = budgets.enumerated().map { index, bytes in
            let isCPU = index == gpus.count
            var device = Inventory.Device(
                id: isCPU ? .cpu : .gpu(index), model: "device \(index)", pool: index, cores: 1,
                overheadBytes: 0)
            let rate = isCPU ? 1e7 : 1e9 / Double(1 << index)
            device.speed = DeviceSpeed(
                formats: [
                    .init(type: .f16, bytesPerSecond: rate, operationsPerSecond: 100 * rate)
                ],
                cacheBytesPerSecond: rate, attentionOperationsPerSecond: rate,
                segmentOverhead: 1e-7, layerOverhead: 0)
            device.carvedBytes = bytes
            return device
        }
        return Inventory(
            pools: budgets.enumerated().map {
                .init(name: "\($0)", totalBytes: $1, availableBytes: $1, source: "test")
            },
            devices: devices)
    }

    private static func plan(
        _ inventory: Inventory, of footprint: Footprint = footprint(),
        _ change: (inout MappingPolicy) -> Void = { _ in }
    ) throws -> DeviceMap {
        var policy = MappingPolicy()
        policy.maxSequenceLength = 32
        change(&policy)
        return try Planner(footprint: footprint, inventory: inventory, policy: policy).plan()
    }

    private static func manual(_ text: String, _ inventory: Inventory) throws -> DeviceLayers {
        try DeviceLayers(parsing: text, devices: inventory.devices.map(\.id))
    }

    @Test func whatFitsGoesWholeToTheFastestGPU() throws {
        let map = try Self.plan(Self.inventory(gpus: [6000, 9000, 9000]))
        #expect(map.devices == [.gpu(0)])
        #expect(map.reasons.count == 2)
        #expect(map.reasons[0] == "gpu[1] is left out: everything fits on gpu[0].")
    }

    @Test func layersSpillToTheCPUAndNoMoreThanMust() throws {
        let map = try Self.plan(Self.inventory(gpus: [3000]))
        #expect(map.layerDevices.filter { $0 == .gpu(0) }.count == 2)
        #expect(map.reasons.contains { $0.contains("on cpu: gpu[0], the fastest, has") })
        #expect(map.bills.allSatisfy { $0.free >= 0 })
    }

    /// Times that are probably wrong are said to be.
    @Test func doubtsAreReasons() throws {
        let calm = Self.inventory(gpus: [3000])
        var devices = calm.devices
        devices[0].speed?.waiting = DeviceSpeed.calmWaiting + 0.01
        let disturbed = Inventory(pools: calm.pools, devices: devices, links: calm.links)
        let reason =
            "The speed of gpu[0] was measured while other programs kept the processor busy"
        #expect(try Self.plan(disturbed).reasons.contains { $0.hasPrefix(reason) })
        let cut = "On some device the expected work takes days"
        let usual = try Self.plan(calm).reasons
        #expect(!usual.contains { $0.hasPrefix("The speed of") || $0.hasPrefix(cut) })
        // On one device, so that the map is the same whatever the work.
        let roomy = Self.inventory(gpus: [9000])
        devices = roomy.devices
        for index in devices.indices { devices[index].speed?.layerOverhead = 1 }
        let slow = Inventory(pools: roomy.pools, devices: devices, links: roomy.links)
        let maps = try [1, 1_000_000].map { generated in
            try Self.plan(slow) {
                $0.expected = ExpectedWork(promptTokens: 32, generatedTokens: generated)
            }
        }
        #expect(maps.map { $0.reasons.contains { $0.hasPrefix(cut) } } == [false, true])
        // What is cut off of the answer's time is not of the prompt's.
        #expect(maps[0].predicted?.promptSeconds == maps[1].predicted?.promptSeconds)
    }

    @Test func aGPUThatIsSlowerThanTheCPUIsLeftOutUnlessItIsNamed() throws {
        var inventory = Self.inventory(gpus: [9000])
        var devices = inventory.devices
        (devices[0].speed, devices[1].speed) = (devices[1].speed, devices[0].speed)
        inventory = Inventory(pools: inventory.pools, devices: devices)
        let map = try Self.plan(inventory)
        #expect(map.devices == [.cpu])
        #expect(map.reasons[0].hasPrefix("gpu[0] is left out: it is predicted"))
        devices[0].isNamed = true
        let named = try Self.plan(Inventory(pools: inventory.pools, devices: devices))
        #expect(named.devices == [.gpu(0)])
        #expect(
            named.reasons == [
                "The embedding, layers 0-3 and the head are on gpu[0], though the CPU is predicted "
                    + "to be faster: GPUs that were named go first."
            ])
    }

    @Test func namedGPUsAreAllUsedWhenOneIsNotEnough() throws {
        let inventory = Self.inventory(gpus: [4000, 4000, 4000])
        #expect(try Self.plan(inventory).devices.count == 2)
        let devices = inventory.devices.map { device in
            var device = device
            device.isNamed = true
            return device
        }
        let named = Inventory(pools: inventory.pools, devices: devices)
        #expect(try Self.plan(named).devices.filter { $0.kind == .gpu }.count == 3)
    }

    @Test func expertsSpillBeforeLayers() throws {
        let map = try Self.plan(
            Self.inventory(gpus: [14_000]), of: Self.footprint(experts: 4096))
        #expect(map.layerDevices.allSatisfy { $0 == .gpu(0) })
        let spilled = (0..<4).filter { map.device(of: Part(layer: $0, .experts)) == .cpu }
        #expect(spilled.count == 2)
        #expect(map.device(of: Part(layer: 0, .router)) == .gpu(0))
    }

    @Test func visionIsPlacedFirstWithItsActivations() throws {
        let footprint = Self.footprint(vision: 1024)
        // 1,088 bytes of weights and 5,000 of workspace leave less than two layers' room.
        let map = try Self.plan(Self.inventory(gpus: [7500]), of: footprint)
        #expect(map.device(of: Part(.visionEncoder)) == .gpu(0))
        #expect(map.device(of: Part(.projector)) == .gpu(0))
        #expect(map.layerDevices.filter { $0 == .gpu(0) }.count == 1)
        #expect(map.bills[0].workspace == 5000)
        let none = try Self.plan(Self.inventory(gpus: [5000]), of: footprint)
        #expect(none.device(of: Part(.visionEncoder)) == .cpu)
    }

    @Test func pinsStayAndTheRestIsPlanned() throws {
        let inventory = Self.inventory(gpus: [9000])
        let map = try Self.plan(inventory) {
            $0.pins = [Pin(.layers(1..<2), to: .cpu, source: "test")]
        }
        #expect(map.layerDevices == [.gpu(0), .cpu, .gpu(0), .gpu(0)])
        #expect(map.reasons.contains("Layer 1 is on cpu, as asked for."))
    }

    @Test func manualMapsFixTheLayers() throws {
        let inventory = Self.inventory(gpus: [9000, 9000])
        let map = try Self.plan(inventory) {
            $0.deviceLayers = try? Self.manual("1:1;0:2", inventory)
        }
        #expect(map.layerDevices == [.gpu(1), .gpu(0), .gpu(0), .cpu])
        #expect(map.reasons.contains("Layer 3 is on cpu, as the manual map says."))
        #expect(map.reasons.contains { $0.hasSuffix("on gpu[1], as the manual map says.") })
        #expect(map.device(of: .embedding).kind == .gpu)
        #expect(map.device(of: .head).kind == .gpu)
        #expect(map.warnings.isEmpty)
    }

    @Test func manualMapsWarnOfWhatIsTooMuchAndOfWhatDoesNotFit() throws {
        let inventory = Self.inventory(gpus: [4200])
        let map = try Self.plan(inventory) {
            $0.deviceLayers = try? Self.manual("99", inventory)
        }
        #expect(map.layerDevices == Array(repeating: .gpu(0), count: 4))
        #expect(map.warnings.contains { $0.contains("the 95 more") })
        #expect(map.warnings.contains { $0.contains("no room for the embedding and the head") })
        let none = try Self.plan(inventory) {
            $0.deviceLayers = try? Self.manual("0", inventory)
        }
        #expect(none.devices == [.cpu])
        let error = try #require(throws: MappingError.self) {
            try Self.plan(Self.inventory(gpus: [2000])) {
                $0.deviceLayers = try? Self.manual("4", inventory)
            }
        }
        #expect(error.code == .doesNotFit)
        #expect(error.bills[0].device == .gpu(0) && error.bills[0].free < 0)
    }

    @Test func withoutSpeedsGPUsComeFirstAndNothingIsPredicted() throws {
        let timed = Self.inventory(gpus: [3000])
        let devices = timed.devices.map { device in
            var device = device
            device.speed = nil
            return device
        }
        let map = try Self.plan(Inventory(pools: timed.pools, devices: devices))
        #expect(map.layerDevices.filter { $0 == .gpu(0) }.count == 2)
        #expect(map.predicted == nil)
    }

    @Test func poolsAreSharedByTheirDevices() throws {
        let apart = Self.inventory(gpus: [3000, 3000], cpu: nil)
        #expect(try Self.plan(apart).devices.count == 2)
        let devices = apart.devices.enumerated().map { index, device in
            var shared = Inventory.Device(
                id: device.id, model: device.model, pool: 0, cores: 1, overheadBytes: 0)
            shared.speed = device.speed
            shared.carvedBytes = device.carvedBytes
            return shared
        }
        #expect(throws: MappingError.self) {
            try Self.plan(Inventory(pools: [apart.pools[0]], devices: devices))
        }
    }

    @Test func aSavedPlanLoadsWhereItWasMadeFor() throws {
        let inventory = Self.inventory(gpus: [3000])
        let footprint = Self.footprint()
        let map = try Self.plan(inventory, of: footprint)
        let document = PlanDocument(map)
        #expect(document.layers.map(\.layer) == [0, 1, 2, 3])
        #expect(try DeviceMap(document, for: footprint, on: inventory) == map)
        let other = try #require(throws: PlanDocumentError.self) {
            try DeviceMap(document, for: Self.footprint(vision: 64), on: inventory)
        }
        #expect(other.description.contains("parts"))
        let smaller = try #require(throws: PlanDocumentError.self) {
            try DeviceMap(document, for: footprint, on: Self.inventory(gpus: [2900]))
        }
        #expect(smaller.identifier == "plan.device")
        #expect(smaller.description.contains("device 0, 3000 bytes"))
        // What is carved for a device may be another, as long as it is enough.
        let total = map.bills[0].total
        var device = inventory.devices[0]
        device.carvedBytes = total
        let rest = inventory.devices.dropFirst()
        let enough = Inventory(
            pools: inventory.pools, devices: [device] + rest, links: inventory.links)
        #expect(try DeviceMap(document, for: footprint, on: enough) == map)
        device.carvedBytes = total - 1
        let short = try #require(throws: PlanDocumentError.self) {
            try DeviceMap(
                document, for: footprint,
                on: Inventory(
                    pools: inventory.pools, devices: [device] + rest, links: inventory.links))
        }
        #expect(short.identifier == "plan.carved")
        #expect(short.description.contains("of gpu[0], for which"))
    }
}
