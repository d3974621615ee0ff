import BoraDevices
import BoraVulkan
import Testing

@Suite struct HazardTrackerTests {
    private func handle(_ range: Range<Int>, in arena: Arena = .workspace) -> Handle {
        Handle(device: 0, arena: arena, offset: range.lowerBound, bytes: range.count)
    }

    private func dispatch(reads: [Handle], writes: [Handle]) -> Dispatch {
        Dispatch(
            kernel: Kernel(shader: .gather, constants: []), arguments: [],
            groups: Dispatch.Groups(x: 1), reads: reads, writes: writes)
    }

    /// For each launch, whether a barrier goes before it.
    private func barriers(_ launches: [Dispatch]) -> [Bool] {
        var tracker = HazardTracker()
        return launches.map { tracker.mustWait(for: $0) }
    }

    @Test func barriersGoWhereBytesAreShared() {
        let weights = handle(0..<100, in: .weights)
        let writesA = dispatch(reads: [weights], writes: [handle(0..<10)])
        let writesB = dispatch(reads: [weights], writes: [handle(10..<20)])
        let readsA = dispatch(reads: [handle(5..<6)], writes: [handle(20..<30)])
        #expect(barriers([writesA, writesB, readsA]) == [false, false, true], "read after write")
        #expect(barriers([writesA, writesA]) == [false, true], "write after write")
        #expect(barriers([readsA, writesA]) == [false, true], "write after read")
        #expect(barriers([readsA, writesB]) == [false, false], "other bytes")
        // A barrier covers all that was before it.
        #expect(barriers([writesA, writesB, readsA, writesB]) == [false, false, true, false])
        let otherArena = dispatch(reads: [], writes: [handle(5..<6, in: .kv(group: 0))])
        #expect(barriers([writesA, otherArena]) == [false, false])
    }
}
