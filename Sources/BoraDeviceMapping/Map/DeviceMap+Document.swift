import BoraCore

extension DeviceMap {
    /// The map of a saved plan, to be loaded as it is.
    ///
    /// - Throws: what differs from the model and the devices at hand, or from what a plan is.
    package init(
        _ document: PlanDocument, for footprint: Footprint, on inventory: Inventory
    ) throws(PlanDocumentError) {
        guard document.schema == PlanDocument.currentSchema else {
            throw PlanDocumentError(.schema(document.schema))
        }
        guard document.fingerprint == footprint.fingerprint else {
            throw PlanDocumentError(
                .checkpoint(planned: document.fingerprint, found: footprint.fingerprint))
        }
        let bills = try document.bills(on: inventory)
        let places = try document.places(on: bills.map(\.device))
        let missing = footprint.parts.filter { places[$0] == nil }
        let others = Set(places.keys).subtracting(footprint.parts)
        guard missing.isEmpty, others.isEmpty else {
            throw PlanDocumentError(.contents("its parts are not those of the model"))
        }
        self.init(
            fingerprint: document.fingerprint, layers: footprint.layers,
            assignments: footprint.parts.map {
                Assignment(part: $0, placement: Placement(on: places[$0]!))
            },
            bills: bills, pools: document.pools, blocksPerGroup: document.blocksPerGroup,
            policy: document.policy, predicted: document.predicted, reasons: document.reasons,
            warnings: document.warnings)
        let layers = layerDevices.enumerated().map {
            PlanDocument.Layer(layer: $0, device: $1.description)
        }
        guard document.layers == layers else {
            throw PlanDocumentError(.contents("'layers' and 'layer_parts' say different things"))
        }
        try checkBytes(of: document, footprint, inventory)
    }

    /// A plan that was edited, or made for other sizes, must not bill other bytes than it needs.
    private func checkBytes(
        of document: PlanDocument, _ footprint: Footprint, _ inventory: Inventory
    ) throws(PlanDocumentError) {
        let planned = PlanningCase(footprint, inventory, policy)
        var places: [Part: DeviceID] = [:]
        for assignment in assignments { places[assignment.part] = assignment.placement.home }
        let needed = MapBuilder(planned).bills(places, on: inventory.devices)
        for bill in bills {
            guard let own = needed.first(where: { $0.device == bill.device }) else {
                throw PlanDocumentError(.contents("nothing is on \(bill.device)"))
            }
            guard bill.free >= 0 else {
                throw PlanDocumentError(.contents("\(bill.device) takes more than its budget"))
            }
            // Where memory has become scarce otherwise, loading plans again.
            if let carved = inventory[bill.device]?.carvedBytes, carved < bill.total {
                throw PlanDocumentError(.carved(bill, bytes: carved))
            }
            for (name, one, other) in [
                ("weights", bill.weights, own.weights), ("kv", bill.kv, own.kv),
                ("workspace", bill.workspace, own.workspace),
            ] where one != other {
                throw PlanDocumentError(
                    .contents("\(bill.device) needs \(other) bytes of \(name), not \(one)"))
            }
        }
        let cache = CacheSize(footprint: footprint, policy: policy)
        guard blocksPerGroup == cache.blocksPerGroup else {
            throw PlanDocumentError(
                .contents("'blocks_per_group' must be \(cache.blocksPerGroup)"))
        }
    }
}

extension PlanDocument {
    /// The bills, each of a device that is there and is the one that was planned for.
    fileprivate func bills(on inventory: Inventory) throws(PlanDocumentError) -> [DeviceBill] {
        var bills: [DeviceBill] = []
        for entry in devices {
            guard let id = DeviceID(parsing: entry.name), let device = inventory[id] else {
                throw PlanDocumentError(
                    .missingDevice(entry.name, present: inventory.devices.map(\.id)))
            }
            let memory = inventory.pools[device.pool].totalBytes
            guard device.model == entry.model, memory == entry.memory else {
                throw PlanDocumentError(
                    .device(
                        entry.name, planned: "\(entry.model), \(entry.memory) bytes",
                        found: "\(device.model), \(memory) bytes"))
            }
            guard !bills.contains(where: { $0.device == id }) else {
                throw PlanDocumentError(.contents("\(id) is there twice"))
            }
            bills.append(
                DeviceBill(
                    device: id, model: entry.model, memory: memory, budget: entry.budget,
                    weights: entry.weights, kv: entry.kv, workspace: entry.workspace,
                    overhead: entry.overhead, overheadSource: entry.overheadSource,
                    reserve: entry.reserve, staging: entry.staging))
        }
        return bills
    }

    fileprivate func places(
        on devices: [DeviceID]
    ) throws(PlanDocumentError) -> [Part: DeviceID] {
        var places: [Part: DeviceID] = [:]
        let entries =
            fixedParts.map { (layer: Int?.none, part: $0.part, device: $0.device) }
            + layerParts.map { (layer: $0.layer, part: $0.part, device: $0.device) }
        for entry in entries {
            guard let role = Role(rawValue: entry.part) else {
                throw PlanDocumentError(.contents("there is no part '\(entry.part)'"))
            }
            guard let id = DeviceID(parsing: entry.device), devices.contains(id) else {
                throw PlanDocumentError(.contents("'\(entry.device)' is none of its devices"))
            }
            let part = Part(layer: entry.layer, role)
            guard places.updateValue(id, forKey: part) == nil else {
                throw PlanDocumentError(.contents("a part is there twice (\(entry.part))"))
            }
        }
        return places
    }
}

/// A saved plan is not for this model, these devices or this version of Bora.
package struct PlanDocumentError: DescribedError {
    package enum Code: Equatable, Sendable {
        case schema(Int)
        case checkpoint(planned: String, found: String)
        case missingDevice(String, present: [DeviceID])
        case device(String, planned: String, found: String)
        /// Fewer bytes are carved for a device now than the plan takes of it.
        case carved(DeviceBill, bytes: Int)
        /// It contradicts itself, or is no plan of the model.
        case contents(String)
    }

    package let code: Code

    init(_ code: Code) { self.code = code }

    package var category: ErrorCategory { .invalidInput }

    package var identifier: String {
        switch code {
        case .schema: "plan.schema"
        case .checkpoint: "plan.checkpoint"
        case .missingDevice: "plan.missingDevice"
        case .device: "plan.device"
        case .carved: "plan.carved"
        case .contents: "plan.contents"
        }
    }

    package var description: String {
        "the saved plan cannot be used: \(reason); make a new one with 'bora plan --json'"
    }

    private var reason: String {
        switch code {
        case .schema(let schema):
            "its schema is \(schema), and this version of Bora reads "
                + "\(PlanDocument.currentSchema)"
        case .checkpoint(let planned, let found):
            "it was made for the checkpoint \(planned), and this is \(found)"
        case .missingDevice(let name, let present):
            "it uses \(name), and the devices in use are \(present.list)"
        case .device(let name, let planned, let found):
            "it was made for \(name) being \(planned), and it is \(found)"
        case .carved(let bill, let bytes):
            "it takes \(ByteCount(bill.total)) of \(bill.device), for which "
                + "\(ByteCount(bytes)) are carved now"
        case .contents(let problem):
            problem
        }
    }
}
