import BoraCore
import BoraDeviceMapping

/// Devices that are not there, described in a file, to plan for:
///
///     devices:
///       - {kind: gpu, memory: 24GiB, bandwidth: 900GB/s, compute: 80TFLOP/s}
///       - {kind: cpu, memory: 256GiB, bandwidth: 60GB/s, compute: 2TFLOP/s}
///     links: {bandwidth: 25GB/s, latency: 10us}    # or a list with from and to
///
/// Rates hold for every weight format; nothing else takes time.
package struct HypotheticalRig {
    package let inventory: Inventory

    /// Reads a file.
    init(at path: String) throws { try self.init(YAMLNode.document(at: path)) }

    /// Reads a text.
    package init(_ text: String, file: String) throws(YAMLError) {
        try self.init(YAMLNode.document(in: text, file: file))
    }

    private init(_ document: YAMLNode) throws(YAMLError) {
        let fields = try document.fields("a rig", known: ["devices", "links"])
        guard let list = fields["devices"], let items = list.items, !items.isEmpty else {
            throw (fields["devices"] ?? document).error("'devices' has to be a list of devices")
        }
        guard items.count <= 64 else { throw list.error("a rig has at most 64 devices") }
        var reader = RigDevices()
        for item in items { try reader.add(item) }
        let ids = reader.devices.map(\.id)
        inventory = Inventory(
            pools: reader.pools, devices: reader.devices,
            links: try Self.links(fields["links"], of: ids, document))
    }

    /// The links of every ordered pair. What is said of one direction holds for the other, unless
    /// that is said too.
    private static func links(
        _ node: YAMLNode?, of devices: [DeviceID], _ document: YAMLNode
    ) throws(YAMLError) -> [Inventory.Link] {
        let pairs = devices.flatMap { from in
            devices.filter { $0 != from }.map { (from: from, to: $0) }
        }
        guard !pairs.isEmpty else { return [] }
        guard let node else {
            throw document.error(
                "'links' is missing; add links: {bandwidth: 25GB/s, latency: 10us}")
        }
        guard let items = node.items else {
            let link = try RigLink(node, among: nil)
            return pairs.map { link.link(from: $0.from, to: $0.to) }
        }
        let stated = try items.map { item throws(YAMLError) in
            try RigLink(item, among: devices)
        }
        return try pairs.map { from, to throws(YAMLError) in
            guard
                let link = stated.first(where: { $0.from == from && $0.to == to })
                    ?? stated.first(where: { $0.from == to && $0.to == from })
            else {
                throw node.error(
                    "there is no link between \(from) and \(to); add one with from and to")
            }
            return link.link(from: from, to: to)
        }
    }
}

/// Collects the devices of a rig and the memories they use.
private struct RigDevices {
    private(set) var pools: [Inventory.Pool] = []
    private(set) var devices: [Inventory.Device] = []

    mutating func add(_ node: YAMLNode) throws(YAMLError) {
        let fields = try node.fields(
            "a device", known: ["kind", "name", "memory", "pool", "bandwidth", "compute"])
        func field(_ name: String) throws(YAMLError) -> YAMLNode {
            guard let field = fields[name] else { throw node.error("the device has no '\(name)'") }
            return field
        }
        let kindNode = try field("kind")
        guard let kind = DeviceKind(rawValue: try kindNode.text("'kind'")) else {
            throw kindNode.error("'kind' has to be gpu or cpu")
        }
        let ordinal = devices.count { $0.id.kind == kind }
        guard kind == .gpu || ordinal == 0 else {
            throw node.error("there is a second CPU; a machine's CPUs are one device")
        }
        let id = kind == .cpu ? .cpu : DeviceID.gpu(ordinal)
        let bandwidth = try field("bandwidth").bytesPerSecond()
        let compute = try field("compute").operationsPerSecond()
        var device = Inventory.Device(
            id: id, model: try fields["name"]?.text("'name'") ?? "hypothetical",
            pool: try pool(fields["pool"], memory: field("memory"), of: id), cores: 1,
            overheadBytes: 0)
        device.speed = DeviceSpeed(
            formats: ElementType.allCases.map {
                .init(type: $0, bytesPerSecond: bandwidth, operationsPerSecond: compute)
            },
            cacheBytesPerSecond: bandwidth, attentionOperationsPerSecond: compute,
            segmentOverhead: 0, layerOverhead: 0)
        devices.append(device)
    }

    /// The index of a device's memory: one of its own, unless it names one that others name too.
    private mutating func pool(
        _ name: YAMLNode?, memory: YAMLNode, of device: DeviceID
    ) throws(YAMLError) -> Int {
        let bytes = try memory.bytes()
        let name = try name?.text("'pool'") ?? device.description
        guard let index = pools.firstIndex(where: { $0.name == name }) else {
            pools.append(
                .init(name: name, totalBytes: bytes, availableBytes: bytes, source: "stated"))
            return pools.count - 1
        }
        guard pools[index].totalBytes == bytes else {
            throw memory.error("devices that share the pool '\(name)' state different memory")
        }
        return index
    }
}

/// A link as a rig states it.
private struct RigLink {
    /// nil where it stands for all pairs.
    let from: DeviceID?
    let to: DeviceID?
    private let bytesPerSecond: Double
    private let latency: Double

    /// - Parameter devices: those of the rig, where the link is between two of them.
    init(_ node: YAMLNode, among devices: [DeviceID]?) throws(YAMLError) {
        let own = ["bandwidth", "latency"]
        let fields = try node.fields(
            "a link", known: devices == nil ? own : ["from", "to"] + own)
        func field(_ name: String) throws(YAMLError) -> YAMLNode {
            guard let field = fields[name] else { throw node.error("the link has no '\(name)'") }
            return field
        }
        func end(_ name: String) throws(YAMLError) -> DeviceID? {
            guard let devices else { return nil }
            let value = try field(name)
            let text = try value.text("'\(name)'")
            guard let device = DeviceID(parsing: text), devices.contains(device) else {
                throw value.error("the rig has no '\(text)'; it has \(devices.list)")
            }
            return device
        }
        from = try end("from")
        to = try end("to")
        if let from, from == to { throw node.error("the link leads from \(from) to itself") }
        bytesPerSecond = try field("bandwidth").bytesPerSecond()
        latency = try field("latency").seconds()
    }

    func link(from: DeviceID, to: DeviceID) -> Inventory.Link {
        Inventory.Link(from: from, to: to, bytesPerSecond: bytesPerSecond, latency: latency)
    }
}

extension YAMLNode {
    /// `24GiB`
    fileprivate func bytes() throws(YAMLError) -> Int {
        let text = try text("a size")
        guard let size = ByteCount(parsing: text), size.bytes > 0 else {
            throw error("'\(text)' is no size; give one with its unit, as 24GiB")
        }
        return size.bytes
    }

    /// `900GB/s`
    fileprivate func bytesPerSecond() throws(YAMLError) -> Double {
        let text = try text("a rate")
        guard text.hasSuffix("/s"), let size = ByteCount(parsing: text.dropLast(2)), size.bytes > 0
        else {
            throw error("'\(text)' is no rate of bytes; give one with its unit, as 900GB/s")
        }
        return Double(size.bytes)
    }

    /// `80TFLOP/s`, `80TFLOPS`
    fileprivate func operationsPerSecond() throws(YAMLError) -> Double {
        let text = try text("a rate")
        let endings = ["FLOP/s", "FLOPS", "FLOPs", "OP/s"]
        let units = [("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15)].flatMap { prefix, factor in
            endings.map { (prefix + $0, factor) }
        }
        guard let rate = quantity(in: text, units: units), rate > 0 else {
            throw error("'\(text)' is no rate of operations; give one with its unit, as 80TFLOP/s")
        }
        return rate
    }

    /// `10us`
    fileprivate func seconds() throws(YAMLError) -> Double {
        let text = try text("a time")
        let units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1)]
        guard let time = quantity(in: text, units: units), time < 1 else {
            throw error("'\(text)' is no time below a second; give one with its unit, as 10us")
        }
        return time
    }

    /// A number of 0 or more with one of the units behind it.
    private func quantity(in text: String, units: [(String, Double)]) -> Double? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), let factor = units.first(where: { $0.0 == unit })?.1
        else { return nil }
        return number * factor
    }
}
