import Glibc

/// Read-only bytes that stay at one address: a file mapped into memory, or data linked into the
/// binary. Pages are read when first touched.
@safe package final class ByteSource: Sendable {
    /// The file's path, or a name for data that is in no file; for messages.
    package let name: String
    package let count: Int
    /// How many of the first bytes are there to be read: all, except of a file elsewhere of which
    /// only the header was fetched. The others read as 0.
    package let knownCount: Int
    private nonisolated(unsafe) let base: UnsafeRawPointer
    private let isMapped: Bool

    /// Maps a whole file.
    package init(mapping path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(
                "read", path, errno: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        name = path
        count = Int(status.st_size)
        knownCount = count
        isMapped = count > 0
        guard count > 0 else {
            unsafe base = UnsafeRawPointer(bitPattern: 1)!
            return
        }
        let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw SystemError("map", path)
        }
        unsafe base = UnsafeRawPointer(address)
    }

    /// The first bytes of a file that is elsewhere. The rest takes addresses and no memory.
    ///
    /// - Parameter count: bytes of the whole file, at least those of the prefix.
    package init(name: String, prefix: [UInt8], count: Int) throws(SystemError) {
        precondition(count >= prefix.count)
        self.name = name
        self.count = count
        knownCount = prefix.count
        isMapped = count > 0
        guard count > 0 else {
            unsafe base = UnsafeRawPointer(bitPattern: 1)!
            return
        }
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let address = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw SystemError("map", name)
        }
        unsafe UnsafeMutableRawBufferPointer(start: address, count: count).copyBytes(from: prefix)
        unsafe base = UnsafeRawPointer(address)
    }

    /// Data that lives as long as the process does.
    package init(name: String, embedded bytes: UnsafeRawBufferPointer) {
        self.name = name
        count = bytes.count
        knownCount = count
        isMapped = false
        unsafe base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    }

    deinit {
        if isMapped { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Whether every byte is there.
    package var isComplete: Bool { knownCount == count }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: base, byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}

/// A range of a byte source that keeps the source alive: where a tensor's data lies.
package struct ByteSlice: Sendable {
    package let source: ByteSource
    package let range: Range<Int>

    /// `nil` when the range does not lie inside the source.
    package init?(_ source: ByteSource, _ range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= source.count else { return nil }
        self.source = source
        self.range = range
    }

    package var count: Int { range.count }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { source.bytes.extracting(range) }
    }
}
