import BoraDevices

/// One launch of a compute shader: what an operation is encoded as. A value, so that encodings can
/// be printed and compared without a GPU.
struct Dispatch: Equatable, Sendable {
    /// The three dimensions of a launch, in workgroups.
    struct Groups: Equatable, Sendable {
        var x: Int
        var y = 1
        var z = 1
    }

    let kernel: Kernel
    /// Push constants: what the shader's own block declares, at most `Self.maxArgumentBytes`.
    let arguments: [UInt8]
    let groups: Groups
    /// What the launch reads and writes, KV arenas included: a barrier goes between two launches
    /// only where one writes what the other touches.
    let reads: [Handle]
    let writes: [Handle]

    /// What every Vulkan device takes.
    static let maxArgumentBytes = 128
}

/// A shader with its specialization constants: what a pipeline is made from.
struct Kernel: Hashable, Sendable {
    let shader: Shader
    /// Values of the constants with ids 0, 1, 2, …
    let constants: [UInt32]
}
