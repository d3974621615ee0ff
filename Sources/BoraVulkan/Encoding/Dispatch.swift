import BoraDevices

/// One launch of a compute shader: what an operation is encoded as. A value, so that encodings can
/// be printed and compared without a GPU.
package struct Dispatch: Equatable, Sendable {
    /// The three dimensions of a launch, in workgroups.
    package struct Groups: Equatable, Sendable {
        package var x: Int
        package var y: Int
        package var z: Int

        package init(x: Int, y: Int = 1, z: Int = 1) {
            self.x = x
            self.y = y
            self.z = z
        }
    }

    package let kernel: Kernel
    /// Push constants, in words: what the shader's own block declares, at most
    /// `Self.maxArgumentBytes`.
    package let arguments: [UInt32]
    package let groups: Groups
    /// What the launch reads and writes, KV arenas included: a barrier goes between two launches
    /// only where one writes what the other touches.
    package let reads: [Handle]
    package let writes: [Handle]

    package init(
        kernel: Kernel, arguments: [UInt32], groups: Groups, reads: [Handle], writes: [Handle]
    ) {
        self.kernel = kernel
        self.arguments = arguments
        self.groups = groups
        self.reads = reads
        self.writes = writes
    }

    /// What every Vulkan device takes.
    package static let maxArgumentBytes = 128
}

/// A shader with its specialization constants: what a pipeline is made from.
package struct Kernel: Hashable, Sendable {
    package let shader: Shader
    /// Values of the constants with ids 0, 1, 2, …
    package let constants: [UInt32]

    package init(shader: Shader, constants: [UInt32]) {
        self.shader = shader
        self.constants = constants
    }
}
