import BoraVulkan
import Testing

@Suite struct VulkanArenaTests {
    @Test func arenasAreCutBetweenWeightsWhereOneAllocationIsTooLarge() {
        #expect(VulkanArena.ranges(bytes: 100, cuts: [10, 50], limit: 100) == [0..<100])
        #expect(
            VulkanArena.ranges(bytes: 100, cuts: [0, 30, 60, 90], limit: 60) == [0..<60, 60..<100])
        #expect(
            VulkanArena.ranges(bytes: 100, cuts: [0, 40, 70], limit: 50)
                == [0..<40, 40..<70, 70..<100])
        // A weight larger than the limit keeps its piece whole.
        #expect(
            VulkanArena.ranges(bytes: 100, cuts: [0, 10, 90], limit: 20)
                == [0..<10, 10..<90, 90..<100])
        #expect(VulkanArena.ranges(bytes: 0, cuts: [], limit: 10) == [0..<0])
    }
}
