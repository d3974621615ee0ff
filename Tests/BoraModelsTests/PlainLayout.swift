import BoraCore
import BoraDeviceMapping
import BoraDevices

/// Storage without scratch, so that a footprint is tensors and weights alone.
struct PlainLayout: BackendLayout {
    let kind = DeviceKind.cpu
    let alignment = 64
    let activationType = ElementType.f32

    func scratchBytes(of operation: Operation, in step: Step) -> Int { 0 }
}
