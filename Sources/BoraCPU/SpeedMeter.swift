import BoraCore
import BoraDevices
import CKernels
import Glibc

/// Measures what this machine's CPU can do at best, on all threads at once. A shared machine's
/// speed drifts within seconds, so what is compared with it is measured beside it: one measurement
/// takes some milliseconds.
package final class SpeedMeter {
    private let kernels: KernelSet
    private let pool: WorkerPool
    private let memory: CPUArena

    package init(threads: Int, kernels: KernelSet = .fastest) throws {
        self.kernels = kernels
        pool = try WorkerPool(count: threads)
        // Far more than the caches hold.
        guard let memory = CPUArena(.workspace, bytes: 256 << 20, hugePages: true) else {
            throw SystemError("measure", "read bandwidth", errno: ENOMEM)
        }
        memory.fill(1)
        self.memory = memory
    }

    /// Bytes that all threads together read in a second, each a stretch of its own.
    package func readBytesPerSecond() -> Double {
        let share = memory.bytes / pool.count / 64 * 64
        let (kernels, memory) = (kernels, memory)
        return perSecond { index in
            unsafe bora_read_all(kernels.table, memory.start + index * share, share)
            return UInt64(share)
        }
    }

    /// Multiplications and additions a second that products with weights of a type are made of.
    package func operationsPerSecond(of type: ElementType, isExact: Bool) -> Double {
        let arithmetic = bora_arithmetic_of(type.kernelFormat, isExact)
        let kernels = kernels
        return perSecond { _ in unsafe bora_peak(kernels.table, arithmetic, 1 << 21) }
    }

    /// What all workers together do in a second, each one part.
    private func perSecond(_ work: @escaping @Sendable (Int) -> UInt64) -> Double {
        let done = Condition(UInt64(0))
        let start = ContinuousClock.now
        pool.submit { worker in
            worker.share(worker.count) { index in
                let amount = work(index)
                done.update { $0 += amount }
            }
        }.wait()
        return Double(done.update { $0 }) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
