import BoraChatTemplates
import BoraCore

/// What an error means to a program: the one table of exit codes and HTTP statuses.
public struct Failure: Sendable {
    /// A stable name of what went wrong: `format.truncated`.
    public let identifier: String
    /// For people: the thing, the place and the remedy.
    public let message: String
    public let exitCode: Int32
    public let httpStatus: Int

    /// Any error that Bora throws.
    public init(_ error: any Error) {
        guard let described = error as? any DescribedError else {
            let cancelled = error is CancellationError
            identifier = cancelled ? "cancelled" : "unknown"
            message = cancelled ? "cancelled" : "\(error)"
            exitCode = cancelled ? 130 : 1
            httpStatus = cancelled ? 499 : 500
            return
        }
        identifier = described.identifier
        message = described.description
        (exitCode, httpStatus) =
            switch described.category {
            case .wrongUsage: (2, 400)
            case .invalidInput, .unsupported: (1, 400)
            case .notFound: (1, 404)
            case .insufficientResources: (1, 503)
            case .cancelled: (130, 499)
            case .system: (1, 500)
            }
    }
}

extension TemplateError: DescribedError {
    package var category: ErrorCategory { .invalidInput }
    package var identifier: String { "template.\(code)" }
}
