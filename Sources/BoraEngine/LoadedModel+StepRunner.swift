import BoraDeviceMapping
import BoraDevices
import BoraLoading
import BoraModels
import BoraScheduling

extension LoadedModel: StepRunner {
    package var vocabularySize: Int { model.vocabularySize }
    package var limits: StepLimits { StepLimits(map) }
    package var pools: [BlockPool] { model.pools(map) }

    /// It stays where it was loaded.
    package func recover(from error: DeviceError) throws { throw error }
}

extension RecoverableModel: StepRunner {
    package var vocabularySize: Int { model.vocabularySize }
    package var limits: StepLimits { StepLimits(map) }
    package var pools: [BlockPool] { model.pools(map) }
    package var depth: Int { loaded?.depth ?? 1 }
}

extension StepLimits {
    /// The sizes that the workspaces of a map are planned for.
    fileprivate init(_ map: DeviceMap) {
        self.init(
            chunkTokens: map.policy.promptChunk, maxRows: map.policy.stepOutputRows,
            maxTokens: map.policy.stepTokens)
    }
}

extension Model {
    /// The KV blocks that a map has.
    fileprivate func pools(_ map: DeviceMap) -> [BlockPool] {
        zip(groups, map.blocksPerGroup).map { group, blocks in
            BlockPool(span: group.geometry.span, count: blocks)
        }
    }
}
