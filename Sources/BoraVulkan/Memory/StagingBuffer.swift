import CVulkan

/// Pinned host memory that grows when more is asked for, and keeps what it has.
final class StagingBuffer {
    private let context: VulkanContext
    private let kind: bora_memory_kind
    private var memory: VulkanBuffer?

    init(_ context: VulkanContext, _ kind: bora_memory_kind) {
        self.context = context
        self.kind = kind
    }

    /// At least so many bytes; what an earlier call returned is lost when it was smaller. Nothing
    /// submitted may still use it.
    func reserve(_ bytes: Int) throws(VulkanError) -> VulkanBuffer {
        if let memory, memory.bytes >= bytes { return memory }
        memory = nil
        // Half as much again, so that a growing need does not allocate at every step.
        let made = try VulkanBuffer(context, bytes: bytes + bytes / 2, kind: kind)
        memory = made
        return made
    }

    /// What there is now.
    var current: VulkanBuffer? { memory }
}
