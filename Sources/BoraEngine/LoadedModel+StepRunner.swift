import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels
import BoraScheduling

extension LoadedModel: StepRunner {
    package var vocabularySize: Int { model.vocabularySize }

    /// The sizes that the workspace was planned for.
    package var limits: StepLimits {
        StepLimits(
            chunkTokens: map.policy.promptChunk, maxRows: map.policy.stepOutputRows,
            maxTokens: map.policy.stepTokens)
    }

    package var pools: [BlockPool] {
        zip(model.groups, map.blocksPerGroup).map { group, blocks in
            BlockPool(span: group.geometry.span, count: blocks)
        }
    }

    package func growKV(toBlocks counts: [Int]) throws {
        for (group, count) in counts.enumerated() {
            try growKV(group: group, toBlocks: count)
        }
    }
}
