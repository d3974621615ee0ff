import BoraCore
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
        fileprivate(set) var bytes: Int
    }

    /// With fewer tasks for each thread, threads would wait for the last one.
    private static let attentionTasksPerThread = 8

    /// Query vectors that read one head of the cache form tasks; where these are few, the tokens
    /// that they see are split, and the results of the parts are merged. The bits are the same.
    /// (Of more than a few rows, the results of the parts are as large as what they are read from.)
    func attentionShares(of op: Operation.Attend, in step: Step) -> AttentionShares {
        let geometry = op.slot.geometry
        let own = attentionBytesPerThread(geometry)
        var shares = AttentionShares(bytesPerThread: own, bytes: threads * own)
        let tasks = step.sequences.map { bora_attention_tasks(op.heads, geometry.heads, $0.rows) }
        let areFew =
            threads > 1 && step.rows <= Step.fewRows
            && tasks.reduce(0, +) < threads * Self.attentionTasksPerThread
        for (sequence, tasks) in zip(step.sequences, tasks) {
            let parts = bora_attention_parts(
                sequence.context, sequence.rows, geometry.window ?? 0)
            guard areFew && parts > 1 else {
                shares.sequences.append(.init(tasks: tasks, partials: nil))
                continue
            }
            shares.sequences.append(.init(tasks: tasks * parts, partials: shares.bytes))
            shares.bytes += bora_attention_partial_bytes(
                sequence.rows * op.heads, parts, geometry.valueWidth)
        }
        return shares
    }

    /// Scratch for any step of as few rows or fewer that reaches as far or less: enough for its
    /// `attentionShares`. The most that a split takes is that of one sequence with as many rows as
    /// are split, wherever its window begins.
    func attentionScratchBytes(of op: Operation.Attend, in step: Step) -> Int {
        let geometry = op.slot.geometry
        let own = threads * attentionBytesPerThread(geometry)
        guard threads > 1 && step.rows <= Step.fewRows else { return own }
        let group = op.heads / geometry.heads
        let fewTasks = threads * Self.attentionTasksPerThread - 1
        let fewRows = fewTasks / geometry.heads * BORA_ATTENTION_QUERIES / group
        let rows = min(step.rows, fewRows)
        let parts = KVSpan(blockTokens: BORA_ATTENTION_PART, window: geometry.window)
            .mostBlocks(tokens: step.longestContext, chunk: rows)
        guard parts > 1 else { return own }
        return own
            + bora_attention_partial_bytes(rows * op.heads, parts, geometry.valueWidth)
    }

    private func attentionBytesPerThread(_ geometry: KVGeometry) -> Int {
        aligned(bora_attention_scratch_bytes(geometry.keyWidth, geometry.valueWidth))
    }
}
