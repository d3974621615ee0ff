import Glibc

/// A system call that failed: what was attempted, on what, and the system's own words.
package struct SystemError: DescribedError {
    package let operation: String
    package let subject: String
    package let errno: Int32

    /// Reads `errno`, so it is made right after the call that failed.
    package init(_ operation: String, _ subject: String, errno: Int32 = Glibc.errno) {
        self.operation = operation
        self.subject = subject
        self.errno = errno
    }

    package var category: ErrorCategory {
        switch errno {
        case ENOENT, ENOTDIR: .notFound
        case ENOMEM, ENOSPC, EMFILE: .insufficientResources
        default: .system
        }
    }

    package var identifier: String { "system.\(errno)" }

    package var description: String {
        "cannot \(operation) \(subject): \(unsafe String(cString: strerror(errno)))"
    }
}
