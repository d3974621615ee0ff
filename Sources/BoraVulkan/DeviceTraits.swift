/// What a GPU and its driver offer beyond what Bora requires (Vulkan 1.2, compute, buffer device
/// addresses, 16-bit and 8-bit storage, 64-bit integers): encodings choose variants by it.
struct DeviceTraits: Hashable, Sendable {
    /// A shape of `VK_KHR_cooperative_matrix`: f16 × f16 → f32 in a subgroup.
    struct MatrixShape: Hashable, Sendable {
        let m: Int
        let n: Int
        let k: Int
    }

    /// Invocations of a subgroup, where every shader gets this size.
    var subgroupSize: Int
    /// Smallest and largest size that may be asked for (`VK_EXT_subgroup_size_control`).
    var subgroupSizes: ClosedRange<Int>
    /// Bytes of shared memory of a workgroup.
    var sharedBytes: Int
    /// Invocations of a workgroup.
    var maxGroupSize: Int
    /// `shaderFloat16`: half-precision arithmetic.
    var hasFloat16: Bool
    /// `shaderIntegerDotProduct`, with 4 × 8 bits accelerated.
    var hasIntegerDot: Bool
    /// Empty where there are no cooperative matrices.
    var matrixShapes: [MatrixShape]
    /// Compute units, or what the driver says comes close; for splitting work.
    var computeUnits: Int
}
