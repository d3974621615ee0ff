import BoraDeviceMapping
import BoraVulkan

/// The software device that every test of the backend runs on, with validation turned on.
enum SoftwareGPU {
    static let library = try! VulkanLibrary(validates: true)

    /// nil where Mesa's driver is not installed.
    static let physical = library.devices.first { $0.isSoftware && $0.missing == nil }

    static func device(_ ordinal: Int = 0, isExact: Bool = true) throws -> VulkanDevice {
        guard let physical else { throw VulkanLibrary.Absence.noDriver }
        return try VulkanDevice(physical, id: .gpu(ordinal), isExact: isExact)
    }
}
