import BoraDevices
import CKernels

extension CPULayout {
    /// How a step's attention is dealt to the threads. Its scratch begins with each thread's own.
    struct AttentionShares {
        struct Share {
            let tasks: Int
            /// Where the results of the parts begin in the scratch; nil where tokens are not split.
            let partials: Int?
        }

        /// Of each of the step's sequences.
        var sequences: [Share] = []
        let bytesPerThread: Int
        var bytes: Int
    }

    /// With fewer tasks for each thread, threads would wait for the last one.
    private static let attentionTasksPerThread = 8

    /// Query vectors that read one head of the cache form tasks; where these are few, the tokens
    /// that they see are split, and the results of the parts are merged. The bits are the same.
    func attentionShares(of op: Operation.Attend, in step: Step) -> AttentionShares {
        let geometry = op.slot.geometry
        let own = aligned(bora_attention_scratch_bytes(geometry.keyWidth, geometry.valueWidth))
        var shares = AttentionShares(bytesPerThread: own, bytes: threads * own)
        let tasks = step.sequences.map { bora_attention_tasks(op.heads, geometry.heads, $0.rows) }
        let areFew = threads > 1 && tasks.reduce(0, +) < threads * Self.attentionTasksPerThread
        for (sequence, tasks) in zip(step.sequences, tasks) {
            let parts = bora_attention_parts(
                sequence.context, sequence.rows, geometry.window ?? 0)
            guard areFew && parts > 1 else {
                shares.sequences.append(.init(tasks: tasks, partials: nil))
                continue
            }
            shares.sequences.append(.init(tasks: tasks * parts, partials: shares.bytes))
            shares.bytes += aligned(
                bora_attention_partial_bytes(
                    sequence.rows * op.heads, parts, geometry.valueWidth))
        }
        return shares
    }
}
