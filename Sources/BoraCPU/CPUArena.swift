import BoraCore
import BoraDevices
import Glibc
import Synchronization

/// One piece of anonymous memory, zeroed by the system when first touched, with guard bytes behind
/// it that show an overrun.
@safe final class CPUArena: Sendable {
    private static let guardBytes = 4096
    private static let guardValue: UInt8 = 0xA5

    let arena: Arena
    let bytes: Int
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    /// Whether an address inside has been handed out; before, nothing can have been written.
    private let isUsed = Atomic(false)

    /// nil when the system has no memory for it.
    init?(_ arena: Arena, bytes: Int, hugePages: Bool) {
        let mapped = bytes + Self.guardBytes
        let address = unsafe mmap(
            nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else { return nil }
        if hugePages { unsafe madvise(address, mapped, MADV_HUGEPAGE) }
        self.arena = arena
        self.bytes = bytes
        unsafe base = address
        unsafe memset(base + bytes, Int32(Self.guardValue), Self.guardBytes)
    }

    /// A larger arena with the contents of this one, which is given up; nil leaves it as it is.
    func grown(to bytes: Int) -> CPUArena? {
        guard let larger = CPUArena(arena, bytes: bytes, hugePages: false) else { return nil }
        unsafe memcpy(larger.start, base, min(bytes, self.bytes))
        return larger
    }

    deinit { unsafe munmap(base, bytes + Self.guardBytes) }

    /// The address of a handle's first byte. Traps when the handle does not lie inside.
    func address(of handle: Handle) -> UnsafeMutableRawPointer {
        precondition(handle.offset >= 0 && handle.end <= bytes, "\(handle) is outside its arena")
        return unsafe start + handle.offset
    }

    /// The address of the first byte.
    var start: UnsafeMutableRawPointer {
        // Stored once: every worker reads it all the time.
        if !isUsed.load(ordering: .relaxed) { isUsed.store(true, ordering: .relaxed) }
        return unsafe base
    }

    /// Sets every byte.
    func fill(_ value: UInt8) { unsafe memset(base, Int32(value), bytes) }

    var isGuardIntact: Bool {
        let tail = unsafe UnsafeRawBufferPointer(start: base + bytes, count: Self.guardBytes)
        return unsafe tail.allSatisfy { $0 == Self.guardValue }
    }

    /// One past the highest byte that is not zero: fresh memory is zero, so what was written last
    /// is found from behind.
    var touchedBytes: Int {
        guard isUsed.load(ordering: .relaxed) else { return 0 }
        let words = unsafe UnsafeRawBufferPointer(start: base, count: bytes)
        var end = bytes
        while end >= 4096, unsafe words[(end - 4096)..<end].allSatisfy({ $0 == 0 }) { end -= 4096 }
        while end > 0, unsafe words[end - 1] == 0 { end -= 1 }
        return end
    }
}
