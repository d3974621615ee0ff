/// What a GPU and its driver offer beyond what Bora requires (Vulkan 1.2, compute, buffer device
/// addresses, 16-bit and 8-bit storage, 64-bit integers): encodings choose variants by it.
package struct DeviceTraits: Hashable, Sendable {
    /// A shape of `VK_KHR_cooperative_matrix`: f16 × f16 → f32 in a subgroup.
    package struct MatrixShape: Hashable, Sendable {
        package let m: Int
        package let n: Int
        package let k: Int

        package init(m: Int, n: Int, k: Int) {
            self.m = m
            self.n = n
            self.k = k
        }
    }

    /// Invocations of a subgroup, where every shader gets this size.
    package var subgroupSize: Int
    /// Bytes of shared memory of a workgroup.
    package var sharedBytes: Int
    /// Invocations of a workgroup.
    package var maxGroupSize: Int
    /// `shaderFloat16`, where half-precision arithmetic is faster than f32.
    package var hasFloat16: Bool
    /// `shaderIntegerDotProduct`, with 4 × 8 bits accelerated.
    package var hasIntegerDot: Bool
    /// Empty where there are no cooperative matrices.
    package var matrixShapes: [MatrixShape]
    /// Compute units, or what the driver says comes close; for splitting work.
    package var computeUnits: Int
    /// Sums of matrices that an invocation's registers hold beside all else. No driver says how
    /// many registers there are; this is for 255 of them.
    package var sumsPerInvocation = 128

    package init(
        subgroupSize: Int, sharedBytes: Int, maxGroupSize: Int, hasFloat16: Bool,
        hasIntegerDot: Bool, matrixShapes: [MatrixShape], computeUnits: Int
    ) {
        self.subgroupSize = subgroupSize
        self.sharedBytes = sharedBytes
        self.maxGroupSize = maxGroupSize
        self.hasFloat16 = hasFloat16
        self.hasIntegerDot = hasIntegerDot
        self.matrixShapes = matrixShapes
        self.computeUnits = computeUnits
    }
}
