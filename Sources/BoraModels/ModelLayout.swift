import BoraDeviceMapping
import BoraDevices

/// A model laid out over devices: where every weight, cache and tensor goes, and how large each
/// device's arenas are.
package struct ModelLayout: Sendable {
    package let binding: ModelBinding
    /// One per device. Workspaces are 0: they depend on the step (`Model.footprint`).
    package let arenas: [ArenaSizes]
    /// The weights of each declaration that is the first to be stored at its place.
    package let stored: [(declaration: WeightDeclaration, target: StoredWeight)]

    /// - Parameters:
    ///   - layouts: the storage layout of each device.
    ///   - blocksPerGroup: KV blocks of each group.
    ///   - device: the position in `layouts` of the device that runs a part.
    package init(
        _ model: Model, layouts: [any BackendLayout], blocksPerGroup: [Int],
        device: (Part) -> Int
    ) {
        var weightBytes = Array(repeating: 0, count: layouts.count)
        var places: [[String: StoredWeight]] = Array(repeating: [:], count: layouts.count)
        var bound: [StoredWeight] = []
        var stored: [(WeightDeclaration, StoredWeight)] = []
        var devices: [Part: Int] = [:]
        for weight in model.weights {
            let index = device(weight.part)
            devices[weight.part] = index
            if let shared = places[index][weight.name] {
                bound.append(shared)
                continue
            }
            let bytes = layouts[index].storedBytes(
                type: weight.type, rows: weight.rows, columns: weight.columns)
            let target = StoredWeight(
                handle: Handle(
                    device: index, arena: .weights, offset: weightBytes[index], bytes: bytes),
                type: weight.type, rows: weight.rows, columns: weight.columns)
            weightBytes[index] += layouts[index].aligned(bytes)
            places[index][weight.name] = target
            bound.append(target)
            stored.append((weight, target))
        }
        let (slots, caches) = Self.caches(
            model, devices: devices, count: layouts.count, blocksPerGroup: blocksPerGroup)
        binding = ModelBinding(layouts: layouts, weights: bound, slots: slots, devices: devices)
        self.stored = stored
        arenas = layouts.indices.map { index in
            ArenaSizes(
                weights: weightBytes[index],
                weightStarts: stored.map(\.1.handle).filter { $0.device == index }.map(\.offset),
                kv: caches[index], workspace: 0)
        }
    }

    /// The slot of each layer, and the KV arenas of each device.
    private static func caches(
        _ model: Model, devices: [Part: Int], count: Int, blocksPerGroup: [Int]
    ) -> (slots: [KVSlot], arenas: [[ArenaSizes.KV]]) {
        var slots: [Int: KVSlot] = [:]
        var arenas: [[ArenaSizes.KV]] = Array(repeating: [], count: count)
        for (groupIndex, group) in model.groups.enumerated() {
            for device in 0..<count {
                let own = group.layers.filter { devices[Part(layer: $0, .attention)] == device }
                guard !own.isEmpty else { continue }
                for (position, layer) in own.enumerated() {
                    slots[layer] = KVSlot(
                        device: device, group: groupIndex, layer: position, layers: own.count,
                        geometry: group.geometry)
                }
                arenas[device].append(
                    ArenaSizes.KV(
                        group: groupIndex, layers: own.count, geometry: group.geometry,
                        blocks: blocksPerGroup[groupIndex]))
            }
        }
        return ((0..<model.layerCount).map { slots[$0]! }, arenas)
    }
}
