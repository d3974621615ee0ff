/// An error as every module of Bora throws it: a struct with a code of its own for programs, and
/// a description for people that names the thing, the place and the remedy.
package protocol DescribedError: Error, CustomStringConvertible {
    /// Which table row of exit codes and HTTP statuses this error belongs to.
    var category: ErrorCategory { get }

    /// A stable name of what went wrong, as `module.reason`: `format.truncated`.
    var identifier: String { get }
}

/// What an error means to a caller who does not know the module.
package enum ErrorCategory: String, Codable, Sendable {
    /// An option or parameter has a value that means nothing: exit code 2, HTTP 400.
    case wrongUsage
    /// A file or request is not what it should be: exit code 1, HTTP 400.
    case invalidInput
    /// A named thing is not there: exit code 1, HTTP 404.
    case notFound
    /// It is well formed, and Bora does not do it: exit code 1, HTTP 400.
    case unsupported
    /// Memory or another resource does not suffice: exit code 1, HTTP 503.
    case insufficientResources
    /// Stopped by the user or caller: exit code 130, HTTP 499.
    case cancelled
    /// The system or a device failed: exit code 1, HTTP 500.
    case system
}
