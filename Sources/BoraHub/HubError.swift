import BoraCore

/// The hub, the way to it or the cache does not give what is asked of it.
package struct HubError: DescribedError {
    package enum Code: String, Sendable {
        /// The hub has no such model, revision or file.
        case modelNotFound, revisionNotFound, fileNotFound
        /// The hub wants to know who asks, or does not let them.
        case unauthorized, gated
        /// There is no connection, or none that lasts; the hub is out of order.
        case unreachable, serverFailed
        /// The hub's answer is not what it should be.
        case invalidAnswer
        /// A file is not the one that was announced.
        case wrongChecksum, wrongSize, changed
        /// The cache has not what it would take to do without the network.
        case notCached
        /// The repository has no model that Bora reads, or several to choose from.
        case noModel, ambiguous
        case noSpace
        /// Another process works on the same.
        case busy
        case invalidSetting
    }

    package let code: Code
    /// What it is about: a model's id, with the file where one is meant.
    package let subject: String
    /// What is wrong, and what to do.
    package let explanation: String

    package init(_ code: Code, _ subject: String, _ explanation: String) {
        self.code = code
        self.subject = subject
        self.explanation = explanation
    }

    package var category: ErrorCategory {
        switch code {
        case .modelNotFound, .revisionNotFound, .fileNotFound, .notCached, .noModel: .notFound
        case .unauthorized, .gated, .ambiguous, .invalidSetting: .invalidInput
        case .noSpace, .busy: .insufficientResources
        case .unreachable, .serverFailed, .invalidAnswer, .wrongChecksum, .wrongSize, .changed:
            .system
        }
    }

    package var identifier: String { "hub.\(code.rawValue)" }
    package var description: String { "\(subject): \(explanation)" }

    /// Whether it says nothing about the model: what is in the cache may do instead.
    var isOutage: Bool { code == .unreachable || code == .serverFailed }
}
