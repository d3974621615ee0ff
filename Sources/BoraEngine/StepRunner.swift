import BoraDevices
import BoraLoading
import BoraScheduling

/// What the engine needs of a model: sizes, and a way to run a step. A loaded model is one.
package protocol StepRunner: Sendable {
    var vocabularySize: Int { get }
    var limits: StepLimits { get }

    /// The KV blocks of each group that are there at the start.
    var pools: [BlockPool] { get }

    /// Makes room for so many KV blocks in each group. On failure there are as many as before.
    func growKV(toBlocks counts: [Int]) throws

    /// Runs a step and returns the logits of its output rows: `[outputRows, vocabulary]`.
    func run(_ step: Step) throws -> StepOutput
}
