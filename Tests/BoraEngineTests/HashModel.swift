import BoraCore
import BoraDevices
import BoraEngine
import BoraLoading
import BoraScheduling
import TestSupport

/// A stand-in for a model: its logits are random numbers whose seed is a hash of all tokens that
/// any of its KV groups sees. It keeps the tokens in KV blocks and reads them from there alone, so
/// a token run twice, not at all, or in another sequence's block changes everything after it.
final class HashModel: StepRunner {
    struct Failure: Error {}

    private struct State {
        /// `[group][block][slot]`; nil where nothing was stored.
        var cache: [[[Int32?]]]
        var steps: [[Int]] = []
        var growths = 0
        var recoveries = 0
    }

    /// A step that ran when it was started, and says what came of it when it is asked.
    private struct FinishedStep: RunningStep {
        let result: Result<StepOutput, any Error>

        func output() throws -> StepOutput { try result.get() }
    }

    let vocabularySize = 40
    let limits: StepLimits
    let pools: [BlockPool]
    let depth: Int
    private let growthLimit: Int
    private let willRun: @Sendable (_ step: Int) throws -> Void
    private let state: Condition<State>

    private let recovers: Bool

    /// - Parameters:
    ///   - depth: steps that may be under way at once.
    ///   - growthLimit: blocks that each group may grow to.
    ///   - recovers: whether it goes on, with an empty cache, after a device failed.
    ///   - willRun: called before each step with its number.
    init(
        limits: StepLimits = StepLimits(chunkTokens: 16, maxRows: 8, maxTokens: 23),
        pools: [BlockPool] = [BlockPool(blockTokens: 4, count: 400)], depth: Int = 1,
        growthLimit: Int = 0, recovers: Bool = false,
        willRun: @escaping @Sendable (_ step: Int) throws -> Void = { _ in }
    ) {
        self.limits = limits
        self.pools = pools
        self.depth = depth
        self.recovers = recovers
        self.growthLimit = growthLimit
        self.willRun = willRun
        state = Condition(State(cache: Self.emptyCache(pools)))
    }

    private static func emptyCache(_ pools: [BlockPool]) -> [[[Int32?]]] {
        pools.map { pool in
            Array(
                repeating: Array(repeating: nil, count: pool.span.blockTokens), count: pool.count)
        }
    }

    /// Rows of each sequence in each step so far.
    var steps: [[Int]] { state.update { $0.steps } }

    /// Tokens that the next one depends on at most.
    var sight: Int { pools.map { $0.span.window ?? .max }.max()! }

    var growths: Int { state.update { $0.growths } }

    func growKV(toBlocks counts: [Int]) throws {
        guard counts.allSatisfy({ $0 <= growthLimit }) else { throw Failure() }
        state.update { state in
            state.growths += 1
            for (group, count) in counts.enumerated() {
                let empty = [Int32?](repeating: nil, count: pools[group].span.blockTokens)
                while state.cache[group].count < count { state.cache[group].append(empty) }
            }
        }
    }

    var recoveries: Int { state.update { $0.recoveries } }

    func recover(from error: DeviceError) throws {
        guard recovers else { throw error }
        state.update { state in
            state.recoveries += 1
            state.cache = Self.emptyCache(pools)
        }
    }

    func start(_ step: Step) -> any RunningStep { FinishedStep(result: Result { try run(step) }) }

    private func run(_ step: Step) throws -> StepOutput {
        let number = state.update { state in
            state.steps.append(step.sequences.map(\.rows))
            return state.steps.count
        }
        try willRun(number)
        return state.update { state in
            var rows: [[Float]] = []
            for sequence in step.sequences {
                for row in sequence.firstRow..<sequence.firstRow + sequence.rows {
                    let position = Int(step.positions[row])
                    precondition(position == sequence.context + row - sequence.firstRow)
                    store(step.tokens[row], at: position, of: sequence, in: &state)
                    guard step.outputRows.contains(Int32(row)) else { continue }
                    rows.append(Self.logits(after: load(position + 1, of: sequence, from: state)))
                }
            }
            return StepOutput(
                rows: rows.count, columns: vocabularySize, values: rows.flatMap { $0 })
        }
    }

    private func store(
        _ token: Int32, at position: Int, of sequence: Step.Sequence, in state: inout State
    ) {
        for (group, pool) in pools.enumerated() {
            let size = pool.span.blockTokens
            let block = Int(sequence.blocks[group][position / size])
            state.cache[group][block][position % size] = token
        }
    }

    /// The last of the first `count` tokens of a sequence, as far as the group that sees the most
    /// of them; all groups have to agree on what they see.
    private func load(_ count: Int, of sequence: Step.Sequence, from state: State) -> [Int32] {
        let copies = pools.enumerated().map { group, pool in
            let seen = pool.span.window.map { max(0, count - $0) } ?? 0
            return (seen..<count).map { position in
                let size = pool.span.blockTokens
                let block = Int(sequence.blocks[group][position / size])
                return block < 0 ? -1 : state.cache[group][block][position % size] ?? -1
            }
        }
        let longest = copies.max { $0.count < $1.count }!
        return copies.allSatisfy { longest.suffix($0.count) == $0[...] } ? longest : [-1]
    }

    static func logits(after tokens: [Int32]) -> [Float] {
        let hash = tokens.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xffff_ffff }
        var random = SeededGenerator(seed: hash)
        return (0..<40).map { _ in Float.random(in: -4...4, using: &random) }
    }
}

extension BlockPool {
    /// A group of `count` blocks of `blockTokens` tokens.
    init(blockTokens: Int, window: Int? = nil, count: Int) {
        self.init(span: KVSpan(blockTokens: blockTokens, window: window), count: count)
    }
}
