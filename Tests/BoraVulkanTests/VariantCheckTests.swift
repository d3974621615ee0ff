import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraVulkan
import Foundation
import Testing

/// Most software devices have no variant to check, so these give the check two plain devices, or
/// devices that cannot be had.
@Suite struct VariantCheckTests {
    private let file = NSTemporaryDirectory() + "bora-\(UUID())/variants/gpu"

    private func traits() throws -> DeviceTraits {
        var traits = try #require(SoftwareGPU.physical).traits
        traits.matrixShapes = [DeviceTraits.MatrixShape(m: 16, n: 16, k: 16)]
        return traits
    }

    /// Runs the check's own products on the GPU.
    @Test func equalKernelsPassAndTheVerdictIsKept() throws {
        let check = VariantCheck(verdictFile: file)
        #expect(check.passes(try traits()) { _ in try SoftwareGPU.device(isExact: false) })
        // A kept verdict needs no device.
        #expect(check.passes(try traits()) { _ in throw VulkanLibrary.Absence.noDriver })
    }

    @Test func kernelsThatDoNotRunFailAndTheVerdictIsKept() throws {
        let check = VariantCheck(verdictFile: file)
        #expect(!check.passes(try traits()) { _ in throw VulkanLibrary.Absence.noDriver })
        #expect(!check.passes(try traits()) { _ in try SoftwareGPU.device(isExact: false) })
    }

    /// A device whose products are all 0 differs.
    @Test func otherNumbersFail() throws {
        let layout = try SoftwareGPU.device().layout
        let passes = VariantCheck(verdictFile: nil).passes(try traits()) { traits in
            guard traits.matrixShapes.isEmpty else {
                return NullDevice(id: .gpu(0), layout: layout)
            }
            return try SoftwareGPU.device(isExact: false)
        }
        #expect(!passes)
    }

    @Test func aVerdictThatIsNoneIsMadeAgain() throws {
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try "maybe".write(toFile: file, atomically: true, encoding: .utf8)
        let check = VariantCheck(verdictFile: file)
        #expect(!check.passes(try traits()) { _ in throw VulkanLibrary.Absence.noDriver })
    }

    private static let hasMatrices = SoftwareGPU.physical?.traits.matrixShapes.isEmpty == false

    /// What Mesa's compiler takes for a subgroup of 8 with as many matrices (`ulimit -s 1048576`).
    /// Without a limit threads have 2 MiB.
    private static var hasDeepStack: Bool {
        var limit = rlimit()
        return unsafe getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0
            && limit.rlim_cur >= 1 << 30 && limit.rlim_cur < 1 << 60
    }

    /// Tiles of 128 × 256, which are for subgroups of 32 and more shared memory than Mesa's device
    /// has. That of products without gates is there to the byte.
    @Test(
        .enabled(if: hasMatrices, "the software device has no cooperative matrices"),
        .enabled(if: hasDeepStack, "Mesa's compiler wants 1 GiB of stack"))
    func wideTilesGiveWhatPlainKernelsGive() throws {
        let physical = try #require(SoftwareGPU.physical)
        var wide = physical.traits
        wide.computeUnits = 1
        wide.sharedBytes = 48 << 10
        wide.sumsPerInvocation = 64 * 64 / wide.subgroupSize
        for type in [ElementType.f16, .q4_K] {
            let trial = VariantTrial.product(with: type, rows: 300, isGated: false)
            let values = try [wide, wide.withoutVariants].map { traits in
                try trial.values(
                    on: VulkanDevice(
                        physical, id: .gpu(0), isExact: false, traits: traits,
                        allocationLimit: physical.maxAllocationBytes))
            }
            #expect(values[0] != values[1])
            #expect(
                VariantCheck.relativeError(values[0], values[1]) < VariantCheck.tolerance)
        }
        #expect(VulkanLibrary.validationMessages == [])
    }
}
