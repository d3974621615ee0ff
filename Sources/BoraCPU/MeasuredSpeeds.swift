import BoraCore
import BoraDevices
import CKernels
import Glibc

/// What this machine's CPU can do at best, measured on all threads at once.
package struct MeasuredSpeeds: Sendable {
    package let readBytesPerSecond: Double
    /// Of each arithmetic.
    private let operationsPerSecond: [Double]

    /// Multiplications and additions that products with weights of this type are made of.
    package func operationsPerSecond(of type: ElementType, isExact: Bool) -> Double {
        operationsPerSecond[Int(bora_arithmetic_of(type.kernelFormat, isExact).rawValue)]
    }

    /// Takes about a second: the best of several rounds each, since other processes can only make
    /// a round slower.
    package static func measure(threads: Int, kernels: KernelSet = .fastest) throws
        -> MeasuredSpeeds
    {
        let pool = try WorkerPool(count: threads)
        // Far more than the caches hold.
        let bytes = 512 << 20
        guard let arena = CPUArena(.workspace, bytes: bytes, hugePages: true) else {
            throw SystemError("measure", "read bandwidth", errno: ENOMEM)
        }
        arena.fill(1)
        let share = bytes / threads / 64 * 64
        let read = best(of: 4, on: pool) { index in
            unsafe bora_read_all(kernels.table, arena.start + index * share, share)
            return UInt64(share)
        }
        let operations = (0..<BORA_ARITHMETIC_COUNT.rawValue).map { arithmetic in
            best(of: 4, on: pool) { _ in
                unsafe bora_peak(kernels.table, bora_arithmetic(rawValue: arithmetic), 1 << 20)
            }
        }
        return MeasuredSpeeds(readBytesPerSecond: read, operationsPerSecond: operations)
    }

    /// The most that all workers together do in a second, over some rounds: each does one part.
    private static func best(
        of rounds: Int, on pool: WorkerPool, _ work: @escaping @Sendable (Int) -> UInt64
    ) -> Double {
        var best = 0.0
        for _ in 0..<rounds {
            let done = Condition(UInt64(0))
            let start = ContinuousClock.now
            pool.submit { worker in
                worker.share(worker.count) { index in
                    let amount = work(index)
                    done.update { $0 += amount }
                }
            }.wait()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            best = max(best, Double(done.update { $0 }) / seconds)
        }
        return best
    }
}
