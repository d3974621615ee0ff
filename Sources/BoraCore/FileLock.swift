import Glibc

/// An exclusive lock between processes: `flock` on a file that stays when the lock is gone. Held
/// until it is let go of, or the process ends.
package final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock of a file, which is created where there is none.
    ///
    /// - Returns: nil when somebody else holds it.
    package static func take(_ path: String) throws(SystemError) -> FileLock? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
        guard descriptor >= 0 else { throw SystemError("create", path) }
        let lock = FileLock(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return lock }
        guard errno == EWOULDBLOCK else { throw SystemError("lock", path) }
        return nil
    }
}
