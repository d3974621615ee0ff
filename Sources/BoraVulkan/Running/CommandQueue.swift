import CVulkan

/// A recorder of commands and the timeline of what it has submitted. It belongs to one thread at a
/// time; any thread may wait.
@safe final class CommandQueue: @unchecked Sendable {
    /// How long a submission, which is made to last a tenth of a second, may take before its
    /// device counts as lost.
    private static let patience: UInt64 = 120_000_000_000

    let context: VulkanContext
    private let commands: OpaquePointer
    /// The number of the last submission.
    private(set) var submitted: UInt64 = 0

    init(_ context: VulkanContext, _ queue: bora_queue) throws(VulkanError) {
        var result: OpaquePointer?
        try VulkanError.check(unsafe bora_commands_make(context.gpu, queue, &result))
        unsafe commands = result!
        self.context = context
    }

    deinit {
        // A lost device has nothing under way.
        try? wait(for: submitted)
        unsafe bora_commands_free(commands)
    }

    func begin() throws(VulkanError) { try VulkanError.check(unsafe bora_commands_begin(commands)) }

    func dispatch(_ dispatch: Dispatch) throws(VulkanError) {
        let pipeline = try context.pipeline(dispatch.kernel)
        unsafe bora_record_dispatch(
            commands, pipeline.pointer, dispatch.arguments, UInt32(4 * dispatch.arguments.count),
            UInt32(dispatch.groups.x), UInt32(dispatch.groups.y), UInt32(dispatch.groups.z))
    }

    func barrier() { unsafe bora_record_barrier(commands) }

    /// What was copied to pinned memory is seen by the host once the submission is done.
    func hostBarrier() { unsafe bora_record_host_barrier(commands) }

    func copy(
        _ source: VulkanBuffer, _ offset: Int, to target: VulkanBuffer, _ targetOffset: Int,
        bytes: Int
    ) {
        guard bytes > 0 else { return }
        unsafe bora_record_copy(
            commands, source.buffer, UInt64(offset), target.buffer, UInt64(targetOffset),
            UInt64(bytes))
    }

    /// Offset and bytes are multiples of 4.
    func fill(_ buffer: VulkanBuffer, _ offset: Int, bytes: Int, with word: UInt32) {
        guard bytes > 0 else { return }
        unsafe bora_record_fill(commands, buffer.buffer, UInt64(offset), UInt64(bytes), word)
    }

    func submit() throws(VulkanError) {
        try VulkanError.check(unsafe bora_submit(commands, &submitted))
    }

    /// Returns when a submission is done.
    func wait(for number: UInt64) throws(VulkanError) {
        guard number > 0 else { return }
        let status = unsafe bora_commands_wait(commands, number, Self.patience)
        try VulkanError.check(status)
    }

    /// Returns when all that was submitted is done.
    func waitForAll() throws(VulkanError) { try wait(for: submitted) }
}
