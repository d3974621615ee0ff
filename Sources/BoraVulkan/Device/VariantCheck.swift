import BoraCore
import BoraDeviceMapping
import BoraDevices

/// Compares the kernels that only some GPUs can run with the plain ones, on the GPU itself: a
/// driver whose cooperative matrices are wrong is found before it gives wrong text. Done once per
/// driver and version of the kernels; the verdict is kept on disk.
package struct VariantCheck: Sendable {
    /// What 10 bits of significand in both factors cost, as in the conformance suite.
    package static let tolerance = 8e-3

    /// The shaders whose code a verdict is about.
    static let shaders: [Shader] = [.matmulCooperative, .attendCooperative]

    private let verdictFile: String?

    /// - Parameter verdictFile: where the verdict is kept; nil for nowhere.
    package init(verdictFile: String?) { self.verdictFile = verdictFile }

    /// Whether cooperative matrices give what the plain kernels give.
    ///
    /// - Parameter makeDevice: a fresh device that uses just these traits.
    package func passes(
        _ traits: DeviceTraits, on makeDevice: (DeviceTraits) throws -> any Device
    ) -> Bool {
        if let verdict = keptVerdict { return verdict }
        // A variant that does not even run does not pass, whatever the reason.
        let passes =
            (try? VariantTrial.products.allSatisfy { trial in
                try Self.agree(trial, Self.tileChoices(traits), traits.withoutVariants, makeDevice)
            }
                && VariantTrial.attention.allSatisfy { trial in
                    try Self.agree(trial, [traits], traits.withoutVariants, makeDevice)
                }) ?? false
        keep(passes)
        return passes
    }

    /// Tiles of products are wide, large or small by how many keep a device busy (`HalvesTile`).
    private static func tileChoices(_ traits: DeviceTraits) -> [DeviceTraits] {
        [1, 2, 1024].map { units in
            var variant = traits
            variant.computeUnits = units
            return variant
        }
    }

    /// Whether a trial gives on devices of all `variants` what it gives on a plain one.
    private static func agree(
        _ trial: VariantTrial, _ variants: [DeviceTraits], _ plain: DeviceTraits,
        _ makeDevice: (DeviceTraits) throws -> any Device
    ) throws -> Bool {
        let reference = try trial.values(on: makeDevice(plain))
        return try variants.allSatisfy { variant in
            relativeError(try trial.values(on: makeDevice(variant)), reference) < tolerance
        }
    }

    // MARK: Verdict

    private var keptVerdict: Bool? {
        guard let verdictFile, let file = try? ByteSource(mapping: verdictFile), file.count < 16,
            let slice = ByteSlice(file, 0..<file.count)
        else { return nil }
        switch unsafe slice.bytes.withUnsafeBytes({ unsafe String(decoding: $0, as: UTF8.self) }) {
        case "passes": return true
        case "fails": return false
        default: return nil
        }
    }

    private func keep(_ passes: Bool) {
        guard let verdictFile, let folder = FileSystem.parent(of: verdictFile) else { return }
        // Whatever hinders it costs the next run a check.
        try? FileSystem.createFolder(folder)
        try? FileSystem.write(passes ? "passes" : "fails", to: verdictFile)
    }

    package static func relativeError(_ values: [Float], _ reference: [Float]) -> Double {
        var difference = 0.0
        var size = 0.0
        for (value, expected) in zip(values, reference) {
            difference += Double(value - expected) * Double(value - expected)
            size += Double(expected) * Double(expected)
        }
        let error = (difference / max(size, .leastNormalMagnitude)).squareRoot()
        return error.isNaN ? .infinity : error
    }
}

extension DeviceTraits {
    /// With what every device has.
    package var withoutVariants: DeviceTraits {
        var plain = self
        plain.matrixShapes = []
        plain.hasFloat16 = false
        plain.hasIntegerDot = false
        return plain
    }
}
