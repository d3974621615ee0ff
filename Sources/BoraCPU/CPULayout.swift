import BoraCore
import BoraDeviceMapping
import BoraDevices
import CKernels

/// How the CPU stores weights and what its operations need: packed panels of the checkpoint's own
/// size, f32 activations, and scratch for rounded activations and for each thread.
package struct CPULayout: BackendLayout {
    package let kind = DeviceKind.cpu
    package let alignment = 64
    package let activationType = ElementType.f32

    package let threads: Int
    /// Exact dequantization and f32 activations (`--dtype f32`).
    package let isExact: Bool

    package init(threads: Int, isExact: Bool) {
        self.threads = threads
        self.isExact = isExact
    }

    package func scratchBytes(of operation: Operation, in step: Step) -> Int {
        switch operation {
        case .linear(let op):
            linearScratch(of: op).bytes
        case .gatedLinear(let op):
            linearScratch(of: op).bytes
        case .rotate(let op):
            threads * rotationBytes(pairs: op.frequencies.columns)
        case .attend(let op):
            attentionScratchBytes(of: op, in: step)
        case .embed, .normalize, .normalizeHeads, .softCap, .appendKV, .gather:
            0
        }
    }

    /// Bytes of one thread's sines and cosines.
    func rotationBytes(pairs: Int) -> Int { aligned(2 * pairs * 4) }

    func arithmetic(of type: ElementType) -> bora_arithmetic {
        bora_arithmetic_of(type.kernelFormat, isExact)
    }

    /// The parts of a linear operation's scratch, as offsets: its input prepared for each
    /// arithmetic that its weights ask for, then each thread's own.
    struct LinearScratch {
        /// nil where no weight asks for it.
        var int8: Int?
        var bfloat: Int?
        var float: Int?
        var threads = 0
        var bytesPerThread = 0
        var bytes = 0

        subscript(arithmetic: bora_arithmetic) -> Int? {
            switch arithmetic {
            case BORA_INT8: int8
            case BORA_BFLOAT: bfloat
            default: float
            }
        }
    }

    func linearScratch(of op: Operation.Linear) -> LinearScratch {
        linearScratch(input: op.input, weights: op.projections.map(\.weight), isGated: false)
    }

    func linearScratch(of op: Operation.GatedLinear) -> LinearScratch {
        linearScratch(input: op.input, weights: [op.gate, op.up], isGated: true)
    }

    private func linearScratch(
        input: Tensor, weights: [StoredWeight], isGated: Bool
    ) -> LinearScratch {
        var scratch = LinearScratch()
        func take(_ bytes: Int) -> Int {
            defer { scratch.bytes += aligned(bytes) }
            return scratch.bytes
        }
        func prepared(_ arithmetic: bora_arithmetic) -> Int? {
            guard weights.contains(where: { self.arithmetic(of: $0.type) == arithmetic }) else {
                return nil
            }
            return take(bora_activation_bytes(arithmetic, input.rows, input.columns))
        }
        scratch.int8 = prepared(BORA_INT8)
        scratch.bfloat = prepared(BORA_BFLOAT)
        scratch.float = prepared(BORA_FLOAT)
        let rows = weights.map(\.rows).max() ?? 0
        scratch.bytesPerThread = aligned(bora_linear_scratch_bytes(rows, input.rows, isGated))
        scratch.threads = take(threads * scratch.bytesPerThread)
        return scratch
    }
}
