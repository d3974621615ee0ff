import BoraCore
import BoraDeviceMapping
import FoundationEssentials

/// A plan that was saved (`bora plan --json > FILE`), to load a model by.
package struct SavedPlan {
    /// More than this is no plan.
    private static let maxBytes = 1 << 24

    private let path: String
    private let document: PlanDocument

    /// Reads a file.
    init(at path: String) throws {
        let source = try ByteSource(mapping: path)
        guard source.count <= Self.maxBytes, let text = source.bytes.text() else {
            throw SavedPlanError(path, "it is no JSON text; make one with bora plan --json")
        }
        try self.init(text, path: path)
    }

    /// Reads a text.
    package init(_ text: String, path: String) throws(SavedPlanError) {
        struct Version: Decodable { let schema: Int }
        self.path = path
        let data = Data(text.utf8)
        guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
            throw SavedPlanError(path, "it is no plan; make one with bora plan --json")
        }
        guard version.schema == PlanDocument.currentSchema else {
            throw SavedPlanError(
                path,
                "its schema is \(version.schema), and this version reads "
                    + "\(PlanDocument.currentSchema); plan again")
        }
        do {
            document = try JSONDecoder().decode(PlanDocument.self, from: data)
        } catch {
            throw SavedPlanError(path, "fields are missing or damaged (\(error)); plan again")
        }
    }

    /// The sizes that it was made for.
    var sizes: PlanDocument.Sizes { document.sizes }

    /// The pins that make the plan again.
    ///
    /// - Throws: what differs, when the plan was made for another model or other devices.
    func pins(for footprint: Footprint, _ inventory: Inventory) throws(SavedPlanError) -> [Pin] {
        guard document.fingerprint == footprint.fingerprint,
            document.layers.map(\.layer) == Array(0..<footprint.layers)
        else {
            throw SavedPlanError(
                path,
                "it was made for another model (\(document.fingerprint), "
                    + "\(document.layers.count) layers) than this one (\(footprint.fingerprint), "
                    + "\(footprint.layers) layers); plan again")
        }
        try checkDevices(inventory)
        var pins: [Pin] = []
        func pin(_ parts: Set<Part>, _ name: String) throws(SavedPlanError) {
            guard let device = DeviceID(parsing: name), inventory[device] != nil else {
                throw SavedPlanError(path, "it uses '\(name)' and does not describe it; plan again")
            }
            pins.append(Pin(.parts(parts), to: device, source: path))
        }
        func part(_ name: String, layer: Int? = nil) throws(SavedPlanError) -> Part {
            guard let role = Role(rawValue: name) else {
                throw SavedPlanError(path, "there is no part '\(name)'; plan again")
            }
            return Part(layer: layer, role)
        }
        // Of several pins for a part, the first decides.
        for entry in document.layerParts {
            try pin([part(entry.part, layer: entry.layer)], entry.device)
        }
        for entry in document.fixedParts { try pin([part(entry.part)], entry.device) }
        for entry in document.layers {
            try pin(Set(Role.allCases.map { Part(layer: entry.layer, $0) }), entry.device)
        }
        return pins
    }

    /// The devices of the plan have to be in use, and to be the same ones.
    private func checkDevices(_ inventory: Inventory) throws(SavedPlanError) {
        for planned in document.devices {
            guard let id = DeviceID(parsing: planned.name), let device = inventory[id] else {
                throw SavedPlanError(
                    path,
                    "it uses \(planned.name) (\(planned.model)), and in use are "
                        + "\(inventory.devices.map(\.id).list); choose the same with --devices, "
                        + "or plan again")
            }
            guard planned.model == device.model else {
                throw SavedPlanError(
                    path,
                    "\(planned.name) was '\(planned.model)' and is '\(device.model)' now; "
                        + "plan again")
            }
            // The host's memory may be limited anew at every start.
            let memory = inventory.pools[device.pool].totalBytes
            guard device.pool == 0 || planned.memory == memory else {
                throw SavedPlanError(
                    path,
                    "\(planned.name) had \(ByteCount(planned.memory)) and has "
                        + "\(ByteCount(memory)) now; plan again")
            }
        }
    }
}

/// A saved plan that cannot be read, or is one for something else.
package struct SavedPlanError: DescribedError {
    private let path: String
    private let problem: String

    fileprivate init(_ path: String, _ problem: String) {
        self.path = path
        self.problem = problem
    }

    package var category: ErrorCategory { .invalidInput }
    package var identifier: String { "plan.unusable" }
    package var description: String { "the plan \(path) cannot be used: \(problem)" }
}
