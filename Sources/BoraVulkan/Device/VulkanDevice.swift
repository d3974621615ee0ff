import BoraCore
import BoraDeviceMapping
import BoraDevices
import CVulkan

/// A logical device on a GPU: arenas of its own in the GPU's memory, and submissions of its own to
/// the GPU's queues. Several may share one GPU.
package final class VulkanDevice: Device {
    package let id: DeviceID
    let physical: VulkanPhysicalDevice
    let context: VulkanContext
    let vulkanLayout: VulkanLayout
    private let allocationLimit: Int
    let state: Condition<State>

    /// What the thread that holds the lock may touch.
    struct State {
        var arenas: [Arena: VulkanArena] = [:]
        var groups: [Int: ArenaSizes.KV] = [:]
        var executor: SegmentExecutor
        /// Submissions that still succeed before the device counts as lost; for tests.
        var submissionsUntilLoss: Int?
    }

    /// Opens a GPU for a logical device.
    ///
    /// - Parameter isExact: exact dequantization and f32 arithmetic.
    package convenience init(
        _ physical: VulkanPhysicalDevice, id: DeviceID, isExact: Bool = false
    ) throws(DeviceError) {
        try self.init(
            physical, id: id, isExact: isExact,
            traits: isExact ? physical.traits : physical.checkedTraits,
            allocationLimit: physical.maxAllocationBytes)
    }

    /// - Parameters:
    ///   - traits: what kernels are chosen by, of what the GPU has.
    ///   - allocationLimit: the largest single allocation, in bytes.
    package init(
        _ physical: VulkanPhysicalDevice, id: DeviceID, isExact: Bool, traits: DeviceTraits,
        allocationLimit: Int
    ) throws(DeviceError) {
        self.allocationLimit = allocationLimit
        self.id = id
        self.physical = physical
        vulkanLayout = VulkanLayout(isExact: isExact)
        do {
            context = try physical.open()
            state = Condition(State(executor: try SegmentExecutor(context, traits: traits)))
        } catch {
            throw DeviceError(.lost(reason: "\(physical.name): \(error)"), on: id)
        }
    }

    package var layout: any BackendLayout { vulkanLayout }

    /// What the driver has taken of the GPU's memory by now, besides what Bora asked it for; nil
    /// where it does not say. Logical devices on one GPU share it.
    package var driverBytes: Int? { physical.driverBytes }

    // MARK: Memory

    package func allocate(_ sizes: ArenaSizes) throws(DeviceError) {
        var made = [try arena(.weights, bytes: sizes.weights, cuts: sizes.weightStarts)]
        for kv in sizes.kv {
            let slab = kv.layers * kv.geometry.blockBytes
            made.append(
                try arena(
                    .kv(group: kv.group), bytes: kv.bytes,
                    cuts: Array(stride(from: slab, to: kv.bytes, by: slab))))
        }
        made.append(try arena(.workspace, bytes: sizes.workspace, cuts: []))
        try locked { state throws(VulkanError) in
            for arena in made { state.arenas[arena.arena] = arena }
            for kv in sizes.kv { state.groups[kv.group] = kv }
        }
    }

    private func arena(
        _ arena: Arena, bytes: Int, cuts: [Int]
    ) throws(DeviceError) -> VulkanArena {
        try taking(bytes, for: arena) { () throws(VulkanError) in
            let made = try VulkanArena(
                arena, bytes: bytes, cuts: cuts, limit: allocationLimit,
                context: context)
            try fill(made, fromPiece: 0)
            return made
        }
    }

    private func fill(_ arena: VulkanArena, fromPiece first: Int) throws(VulkanError) {
        let queue = try CommandQueue(context, BORA_QUEUE_COMPUTE)
        try queue.begin()
        arena.recordFilling(on: queue, fromPiece: first)
        try queue.submit()
        try queue.waitForAll()
    }

    package func growKV(group: Int, toBlocks blocks: Int) throws(DeviceError) {
        let (kv, old) = state.update { ($0.groups[group], $0.arenas[.kv(group: group)]) }
        guard let kv, let old else { preconditionFailure("KV group \(group) is not on \(id)") }
        let bytes = blocks * kv.layers * kv.geometry.blockBytes
        guard bytes > old.bytes else { return }
        let grown = try taking(bytes - old.bytes, for: old.arena) { () throws(VulkanError) in
            let grown = try old.grown(to: bytes, context: context)
            try fill(grown, fromPiece: old.pieces.count)
            return grown
        }
        state.update { $0.arenas[old.arena] = grown }
    }

    package func growWorkspace(to bytes: Int) throws(DeviceError) {
        guard bytes > memory(.workspace).bytes else { return }
        try locked { state throws(VulkanError) in
            try state.executor.waitUntilIdle()
            state.arenas[.workspace] = nil
        }
        let grown = try arena(.workspace, bytes: bytes, cuts: [])
        state.update { $0.arenas[.workspace] = grown }
    }

    /// The memory of an arena. Traps before `allocate`.
    package func memory(_ arena: Arena) -> VulkanArena {
        guard let memory = state.update({ $0.arenas[arena] }) else {
            preconditionFailure("\(id) has no \(arena) arena")
        }
        return memory
    }

    // MARK: Running

    package func commit(_ program: Program, segment: Int) throws(DeviceError) -> any Ticket {
        try program.checkTokens(ofSegment: segment, on: id)
        let number = try locked { state throws(VulkanError) in
            if let left = state.submissionsUntilLoss {
                guard left > 0 else { throw VulkanError.deviceLost }
                state.submissionsUntilLoss = left - 1
            }
            return try state.executor.submit(
                program, segment: segment, layout: vulkanLayout, arenas: state.arenas)
        }
        return VulkanTicket(device: self, number: number)
    }

    package func write(
        _ values: [Float], to tensor: Tensor, of program: Program
    ) throws(DeviceError) {
        precondition(values.count == tensor.rows * tensor.columns, "wrong number of values")
        state.update { $0.executor.arrive(values, at: program.handle(of: tensor)) }
    }

    package func read(_ tensor: Tensor, of program: Program) throws(DeviceError) -> [Float] {
        try locked { state throws(VulkanError) in
            try state.executor.read(
                program.handle(of: tensor), count: tensor.rows * tensor.columns,
                in: state.arenas[.workspace]!)
        }
    }

    /// Makes the device behave as lost after so many more submissions: a test's stand-in for a
    /// driver that gives up.
    package func injectLoss(afterSubmissions count: Int) {
        state.update { $0.submissionsUntilLoss = count }
    }

    // MARK: Errors

    /// Runs a body that owns the device's state.
    func locked<Result>(
        _ body: (inout State) throws(VulkanError) -> Result
    ) throws(DeviceError) -> Result {
        let result = state.update { state -> Swift.Result<Result, VulkanError> in
            do throws(VulkanError) { return .success(try body(&state)) } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw deviceError(error)
        }
    }

    /// Errors of a body that takes memory for an arena.
    func taking<Result>(
        _ bytes: Int, for arena: Arena, _ body: () throws(VulkanError) -> Result
    ) throws(DeviceError) -> Result {
        do throws(VulkanError) { return try body() } catch {
            guard error.isOutOfMemory else { throw deviceError(error) }
            throw DeviceError(.outOfMemory(arena: arena, bytes: bytes), on: id)
        }
    }

    /// Running takes no memory but what stages a step's input and results.
    func deviceError(_ error: VulkanError) -> DeviceError {
        error.isOutOfMemory
            ? DeviceError(.outOfMemory(arena: .workspace, bytes: error.bytes), on: id)
            : DeviceError(.lost(reason: error.description), on: id)
    }
}

/// A submission that is under way.
struct VulkanTicket: Ticket {
    let device: VulkanDevice
    let number: UInt64

    func wait() throws(DeviceError) {
        let queue = device.state.update { $0.executor.queue }
        do throws(VulkanError) { try queue.wait(for: number) } catch {
            throw device.deviceError(error)
        }
        device.state.update { $0.executor.finished(number) }
    }
}
