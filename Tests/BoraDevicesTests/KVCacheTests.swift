import BoraCore
import BoraDevices
import Testing

@Suite struct KVCacheTests {
    /// Every number of 32 tokens, with the scales of q8_0: 34 bytes for 32 numbers.
    @Test(arguments: [(ElementType.f32, 4096), (.f16, 2048), (.bf16, 2048), (.q8_0, 1088)])
    func aBlockHoldsEveryNumberOf32Tokens(type: ElementType, tileBytes: Int) {
        let geometry = KVGeometry(heads: 3, keyWidth: 64, valueWidth: 96, type: type)
        #expect(geometry.blockBytes == 3 * 5 * tileBytes)
    }

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
