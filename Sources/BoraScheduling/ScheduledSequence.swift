/// Names a sequence to the scheduler. Ids rise in order of arrival and are never used again.
package struct SequenceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let arrival: Int

    package init(arrival: Int) { self.arrival = arrival }

    package static func < (left: Self, right: Self) -> Bool { left.arrival < right.arrival }

    package var description: String { "#\(arrival)" }
}

/// What the scheduler knows of one request.
package struct ScheduledSequence: Sendable {
    package enum Status: Sendable {
        /// Not in the batch: new, preempted, or back from a pause.
        case waiting
        /// In the batch: every step runs its next token, or its next chunk in turn.
        case running
        /// Its consumer lags behind. It keeps its blocks until another sequence needs them.
        case paused
        /// Leaves the scheduler at the end of the step.
        case finished
    }

    /// Which of its rows' logits the request wants.
    package enum LogitsRows: Sendable {
        /// The row of the last token known, to sample the next one from.
        case last
        case all
    }

    package let id: SequenceID
    package let logitsRows: LogitsRows
    package internal(set) var status = Status.waiting

    /// Token ids known: the prompt and what was generated.
    package internal(set) var tokens: [Int32]

    /// Tokens of the front whose keys and values have been stored, or will have been once the
    /// steps under way are done.
    package internal(set) var computed = 0

    /// Steps planned with it that have not been completed.
    package internal(set) var stepsUnderWay = 0

    var uncomputed: Int { tokens.count - computed }

    /// Whether a step under way yields the logits of its last token.
    var awaitsLogits: Bool { stepsUnderWay > 0 && uncomputed == 0 }

    /// The block table of each KV group, in order of position; all empty after preemption.
    /// `BlockPool.unseen` stands for blocks that were let go of.
    package internal(set) var blocks: [[Int]]

    /// Blocks of the front that others may hold too: full, and never written again.
    package internal(set) var shared = 0

    /// The prefix of the tree that the shared blocks hold.
    var prefix = PrefixTree.root

    /// The most logits rows it yields in one step: its share of the batch.
    func rowsPerStep(_ limits: StepLimits) -> Int {
        logitsRows == .all ? min(limits.chunkTokens, limits.maxRows) : 1
    }

    /// The tokens to run next, cut where only the request and the limits say.
    func nextTokens(_ limits: StepLimits) -> Range<Int> {
        let chunk = logitsRows == .all ? rowsPerStep(limits) : limits.chunkTokens
        return computed..<min(tokens.count, (computed / chunk + 1) * chunk)
    }

    /// Whether its next step leaves more of it to run.
    func goesOn(after limits: StepLimits) -> Bool {
        nextTokens(limits).upperBound < tokens.count
    }
}
