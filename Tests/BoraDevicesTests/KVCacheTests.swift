import BoraCore
import BoraDevices
import Testing

@Suite struct KVCacheTests {
    @Test func blocksOfAllLayersTileTheArena() {
        let geometry = KVGeometry(heads: 3, keyWidth: 16, valueWidth: 8, type: .f16)
        #expect(geometry.blockBytes == 32 * 3 * 24 * 2)
        let handles = (0..<4).flatMap { block in
            (0..<2).map { layer in
                KVSlot(device: 0, group: 0, layer: layer, layers: 2, geometry: geometry)
                    .handle(ofBlock: block)
            }
        }
        var end = 0
        for handle in handles {
            #expect(handle.offset == end)
            end = handle.end
        }
        let sizes = ArenaSizes.KV(group: 0, layers: 2, geometry: geometry, blocks: 4)
        #expect(sizes.bytes == end)
    }
}
