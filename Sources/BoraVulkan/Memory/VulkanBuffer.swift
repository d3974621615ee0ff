import CVulkan

/// One allocation of a GPU's memory, or of pinned host memory that it reaches.
@safe final class VulkanBuffer: Sendable {
    let bytes: Int
    /// The device's address of the first byte.
    let address: UInt64
    nonisolated(unsafe) let buffer: OpaquePointer
    private let context: VulkanContext
    private let isOnDevice: Bool
    private nonisolated(unsafe) let host: UnsafeMutableRawPointer?

    init(_ context: VulkanContext, bytes: Int, kind: bora_memory_kind) throws(VulkanError) {
        var result: OpaquePointer?
        try VulkanError.check(
            unsafe bora_buffer_make(context.gpu, UInt64(max(bytes, 4)), kind, &result),
            askingFor: bytes)
        unsafe buffer = result!
        address = unsafe bora_buffer_address(buffer)
        unsafe host = bora_buffer_mapped(buffer)
        isOnDevice = kind == BORA_MEMORY_DEVICE
        self.bytes = bytes
        self.context = context
        if isOnDevice { context.count(takenBytes: bytes) }
    }

    deinit {
        if isOnDevice { context.count(takenBytes: -bytes) }
        unsafe bora_buffer_free(context.gpu, buffer)
    }

    /// The host's view of pinned memory. Traps for the device's own.
    var mapped: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: host!, count: bytes)
    }
}
