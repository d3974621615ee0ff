import BoraCore
import BoraDeviceMapping

/// A device could not do what it was asked.
package struct DeviceError: DescribedError {
    package enum Code: Equatable, Sendable {
        case outOfMemory(arena: Arena, bytes: Int)
        /// A token id outside the embedding table.
        case tokenOutOfRange(token: Int, vocabulary: Int)
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
        case .tokenOutOfRange: .invalidInput
        case .guardBroken: .system
        }
    }

    package var identifier: String {
        switch code {
        case .outOfMemory: "device.outOfMemory"
        case .tokenOutOfRange: "device.tokenOutOfRange"
        case .guardBroken: "device.guardBroken"
        }
    }

    package var description: String {
        switch code {
        case .outOfMemory(let arena, let bytes):
            "\(device) has no \(ByteCount(bytes)) (\(bytes) bytes) left for its \(arena) arena; "
                + "plan for less (--max-seq-len, --max-batch-size) or free memory"
        case .tokenOutOfRange(let token, let vocabulary):
            "token \(token) is outside the vocabulary of \(vocabulary) tokens"
        case .guardBroken(let arena):
            "\(device) wrote past the end of its \(arena) arena; please report this as a bug"
        }
    }
}
