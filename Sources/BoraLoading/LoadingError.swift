import BoraCore
import BoraDeviceMapping

/// A model could not be loaded by its device map.
package struct LoadingError: DescribedError {
    package enum Code: Equatable, Sendable {
        /// The map was made for another checkpoint.
        case otherCheckpoint(planned: String, found: String)
        /// The checkpoint describes the model and lacks its weights.
        case noWeights(String)
        /// A device took other bytes from the system than the plan says: a bug in Bora.
        case planBroken(device: DeviceID, planned: Int, taken: Int)
    }

    package let code: Code
    package let model: String

    init(_ code: Code, of model: String) {
        self.code = code
        self.model = model
    }

    package var category: ErrorCategory {
        switch code {
        case .otherCheckpoint: .invalidInput
        case .noWeights: .notFound
        case .planBroken: .system
        }
    }

    package var identifier: String {
        switch code {
        case .otherCheckpoint: "loading.otherCheckpoint"
        case .noWeights: "loading.noWeights"
        case .planBroken: "loading.planBroken"
        }
    }

    package var description: String {
        switch code {
        case .otherCheckpoint(let planned, let found):
            "\(model): the plan was made for the checkpoint \(planned), and this is \(found); "
                + "make a new one with 'bora plan'"
        case .noWeights(let tensor):
            "\(model): there are no numbers for '\(tensor)'; only a plan can be made of a model "
                + "without weights"
        case .planBroken(let device, let planned, let taken):
            "\(model): \(device) took \(taken) bytes where the plan says \(planned); please report "
                + "this as a bug"
        }
    }
}
