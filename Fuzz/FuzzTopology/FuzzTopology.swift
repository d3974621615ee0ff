import DeviceCases
import FuzzDriver

/// Topologies, rigs, saved plans, lists of devices and manual maps.
@main struct FuzzTopology {
    static func main() { fuzz { try DeviceCase.read($0) } }
}
