import BoraCore
import BoraDevices

extension SegmentEncoder {
    /// Keys and values in one launch.
    func appendKV(_ op: Operation.AppendKV) -> Dispatch {
        let geometry = op.slot.geometry
        var arguments = ShaderArguments()
        arguments.append(address(op.keys))
        arguments.append(address(op.values))
        arguments.append(inputAddress)
        arguments.append(inputAddress(input.group(of: op.slot).sequences))
        arguments.append(inputAddress(input.rowSequences))
        arguments.append(count: op.slot.layer * geometry.blockBytes)
        arguments.append(count: geometry.heads)
        arguments.append(count: geometry.keyWidth)
        arguments.append(count: geometry.valueWidth)
        let piece = geometry.type == .q8_0 ? 32 : 8
        let pieces =
            Self.groups(geometry.keyWidth, of: piece) + Self.groups(geometry.valueWidth, of: piece)
        return Dispatch(
            kernel: Kernel(shader: .appendKV, constants: [geometry.type.shaderFormat]),
            arguments: arguments.words,
            groups: .init(x: Self.groups(geometry.heads * pieces, of: 64), y: op.keys.rows),
            reads: [handle(op.keys), handle(op.values)],
            writes: handles(of: op.slot, input.group(of: op.slot).written))
    }

    /// One launch, and one that merges the parts where any sequence is split.
    func attend(_ op: Operation.Attend, scratch: Handle) -> [Dispatch] {
        let geometry = op.slot.geometry
        let division = AttentionDivision(op, in: program.step)
        let tile = tile(of: op)
        let partials = division.mergedVectors > 0 ? [scratch] : []
        let arguments = arguments(
            op, tile, division, partials: partials.first.map(address) ?? 0)
        let parts = Dispatch(
            kernel: tile.kernel, arguments: arguments,
            groups: .init(x: division.items(tile: tile.vectors), y: geometry.heads),
            reads: [handle(op.queries)] + handles(of: op.slot, input.group(of: op.slot).used),
            writes: [handle(op.output)] + partials)
        guard division.mergedVectors > 0 else { return [parts] }
        let merge = Dispatch(
            kernel: Kernel(shader: .attendMerge, constants: [UInt32(geometry.valueWidth)]),
            arguments: arguments, groups: .init(x: division.mergedVectors),
            reads: partials, writes: [handle(op.output)])
        return [parts, merge]
    }

    /// Cooperative matrices where a prompt has vectors for more than half of a tile.
    private func tile(of op: Operation.Attend) -> AttentionTile {
        let geometry = op.slot.geometry
        let rows = program.step.sequences.map(\.rows).max() ?? 0
        let most = rows * op.heads / geometry.heads
        if !layout.isExact, rows > Self.maxColumns, let tile = traits.attentionTile(geometry),
            most > tile.vectors / 2
        {
            return tile
        }
        return .plain(geometry, most: most)
    }

    private func arguments(
        _ op: Operation.Attend, _ tile: AttentionTile, _ division: AttentionDivision,
        partials: UInt64
    ) -> [UInt32] {
        let geometry = op.slot.geometry
        var arguments = ShaderArguments()
        arguments.append(address(op.queries))
        arguments.append(address(op.output))
        arguments.append(partials)
        arguments.append(inputAddress)
        arguments.append(inputAddress(input.group(of: op.slot).sequences))
        arguments.append(count: program.step.sequences.count)
        arguments.append(count: op.slot.layer * geometry.blockBytes)
        arguments.append(count: geometry.heads)
        arguments.append(count: op.heads / geometry.heads)
        arguments.append(count: geometry.window ?? 0)
        arguments.append(count: tile.vectors)
        arguments.append(count: division.splitBlocks)
        arguments.append(op.scale)
        arguments.append(op.softCap ?? 0)
        return arguments.words
    }

    /// From the first to the last byte of a layer's blocks.
    private func handles(of slot: KVSlot, _ blocks: ClosedRange<Int>?) -> [Handle] {
        guard let blocks else { return [] }
        let first = slot.handle(ofBlock: blocks.lowerBound)
        let last = slot.handle(ofBlock: blocks.upperBound)
        return [
            Handle(
                device: slot.device, arena: slot.arena, offset: first.offset,
                bytes: last.end - first.offset)
        ]
    }
}
