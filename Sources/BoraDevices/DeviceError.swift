import BoraCore
import BoraDeviceMapping

/// A device could not do what it was asked.
package struct DeviceError: DescribedError {
    package enum Code: Equatable, Sendable {
        case outOfMemory(arena: Arena, bytes: Int)
        case unsupportedType(ElementType)
        /// A token id outside the embedding table.
        case tokenOutOfRange(token: Int, vocabulary: Int)
        /// The device stopped working; everything on it is lost.
        case lost(reason: String)
        case guardBroken(arena: Arena)
    }

    package let code: Code
    package let device: DeviceID

    package init(_ code: Code, on device: DeviceID) {
        self.code = code
        self.device = device
    }

    package var category: ErrorCategory {
        switch code {
        case .outOfMemory: .insufficientResources
        case .unsupportedType: .unsupported
        case .tokenOutOfRange: .invalidInput
        case .lost, .guardBroken: .system
        }
    }

    package var identifier: String {
        switch code {
        case .outOfMemory: "device.outOfMemory"
        case .unsupportedType: "device.unsupportedType"
        case .tokenOutOfRange: "device.tokenOutOfRange"
        case .lost: "device.lost"
        case .guardBroken: "device.guardBroken"
        }
    }

    package var description: String {
        switch code {
        case .outOfMemory(let arena, let bytes):
            "\(device) has no \(ByteCount(bytes)) (\(bytes) bytes) left for its \(arena) arena; "
                + "plan for less (--max-seq-len, --max-batch-size) or free memory"
        case .unsupportedType(let type):
            "\(device) cannot compute with \(type.displayName) weights"
        case .tokenOutOfRange(let token, let vocabulary):
            "token \(token) is outside the vocabulary of \(vocabulary) tokens"
        case .lost(let reason):
            "\(device) failed: \(reason)"
        case .guardBroken(let arena):
            "\(device) wrote past the end of its \(arena) arena; please report this as a bug"
        }
    }
}
