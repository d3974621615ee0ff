import BoraCore
import BoraDeviceMapping

/// A device could not do what it was asked.
package struct DeviceError: DescribedError, Equatable {
    package enum Code: Equatable, Sendable {
        case outOfMemory(arena: Arena, bytes: Int)
        /// A token id outside the embedding table.
        case tokenOutOfRange(token: Int, vocabulary: Int)
        case guardBroken(arena: Arena)
        /// The device no longer answers, or its driver reports a failure; what it held is gone.
        case lost(reason: String)
    }

    package let code: Code
    package let device: DeviceID

    package init(_ code: Code, on device: DeviceID) {
        self.code = code
        self.device = device
    }

    /// Whether the device cannot go on as it is, whatever the work: another may do better.
    package var isOfDevice: Bool {
        switch code {
        case .outOfMemory, .lost: true
        case .tokenOutOfRange, .guardBroken: false
        }
    }

    package var category: ErrorCategory {
        switch code {
        case .outOfMemory: .insufficientResources
        case .tokenOutOfRange: .invalidInput
        case .guardBroken, .lost: .system
        }
    }

    package var identifier: String {
        switch code {
        case .outOfMemory: "device.outOfMemory"
        case .tokenOutOfRange: "device.tokenOutOfRange"
        case .guardBroken: "device.guardBroken"
        case .lost: "device.lost"
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
        case .lost(let reason):
            "\(device) is lost (\(reason)); what it held is gone, and the work goes on without it "
                + "where the other devices have room (--devices leaves it out from the start)"
        }
    }
}
