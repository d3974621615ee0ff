import BoraCore
import BoraDeviceMapping
import BoraDevices

package struct VulkanLayout: BackendLayout {
    package let kind = DeviceKind.gpu
    package let alignment = 256
    package let activationType = ElementType.f32
    package init(isExact: Bool) {}
    package func scratchBytes(of operation: Operation, in step: Step) -> Int { 0 }
}

struct StepInput {
    let words: [UInt32] = []
    var bytes: Int { 4 * words.count }
    init(_ step: Step) {}
}

struct SegmentEncoder {
    let program: Program
    let segment: Int
    let layout: VulkanLayout
    let traits: DeviceTraits
    let input: StepInput
    let inputAddress: UInt64
    let address: (Handle) -> UInt64

    func dispatches(ofOperation index: Int) -> [Dispatch] { [] }
}
