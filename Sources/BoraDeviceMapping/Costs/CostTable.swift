/// What parts cost on devices. Devices of one kind and speed cost the same.
struct CostTable {
    private let model: CostModel
    /// Those that work on tokens.
    let parts: [Part]
    private var known: [(kind: DeviceKind, speed: DeviceSpeed?, costs: [CostModel.Cost])] = []

    init(_ model: CostModel, _ devices: [Inventory.Device]) {
        self.model = model
        let order = model.order
        let own = order.indices.filter { !order[$0].role.seesImages }
        parts = own.map { order[$0] }
        for device in devices where find(device) == nil {
            let costs = model.costs(on: device)
            known.append((device.id.kind, device.speed, own.map { costs[$0] }))
        }
    }

    subscript(device: Inventory.Device) -> [CostModel.Cost] { find(device) ?? [] }

    private func find(_ device: Inventory.Device) -> [CostModel.Cost]? {
        known.first { $0.kind == device.id.kind && $0.speed == device.speed }?.costs
    }

    /// Time of the expected work in all the layers on one device, in picoseconds.
    func layerTime(on device: Inventory.Device) -> Double {
        let generated = Double(model.policy.expectedWork.generatedTokens)
        return zip(parts, self[device]).reduce(0) { sum, entry in
            guard entry.0.layer != nil else { return sum }
            return sum + Double(entry.1.step) * generated
                + Double(entry.1.chunk) * Double(model.chunks)
        }
    }
}
