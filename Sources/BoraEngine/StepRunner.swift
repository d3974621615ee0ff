import BoraDevices
import BoraLoading
import BoraScheduling

/// What the engine needs of a model: sizes, and a way to run a step. A loaded model is one.
package protocol StepRunner: Sendable {
    var vocabularySize: Int { get }
    var limits: StepLimits { get }

    /// The KV blocks of each group that are there at the start.
    var pools: [BlockPool] { get }

    /// Steps that may be under way at once, 1 or more.
    var depth: Int { get }

    /// Makes room for so many KV blocks in each group. On failure there are as many as before.
    func growKV(toBlocks counts: [Int]) throws

    /// Starts a step, which runs after those that were started before it. Its output is the logits
    /// of its output rows: `[outputRows, vocabulary]`.
    func start(_ step: Step) throws -> any RunningStep

    /// After a device failed, with no step under way: gets ready to run steps again elsewhere, with
    /// nothing stored, and with limits and pools that may be others.
    ///
    /// - Throws: why it cannot.
    func recover(from error: DeviceError) throws
}
