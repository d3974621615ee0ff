import BoraVulkan

/// The GPUs of this machine that Bora can use, and why it does not use others.
struct GPUs {
    let usable: [VulkanPhysicalDevice]
    /// Why there are no more, a sentence each.
    let remarks: [String]

    /// None, on purpose.
    static let none = GPUs(usable: [], remarks: [])

    private init(usable: [VulkanPhysicalDevice], remarks: [String]) {
        self.usable = usable
        self.remarks = remarks
    }

    /// Asks every driver, if there can be a device.
    init() {
        guard VulkanLibrary.hasDeviceNodes || VulkanLibrary.isSet("BORA_ALLOW_SOFTWARE_GPU") else {
            let nodes = VulkanLibrary.deviceNodes.joined(separator: ", ")
            self.init(
                usable: [],
                remarks: [
                    "No GPUs: the system has no device of one (\(nodes)); "
                        + "BORA_ALLOW_SOFTWARE_GPU=1 asks for one in software."
                ])
            return
        }
        let library: VulkanLibrary
        do throws(VulkanLibrary.Absence) {
            library = try VulkanLibrary.shared.get()
        } catch {
            self.init(usable: [], remarks: ["No GPUs: \(error)."])
            return
        }
        let found = library.devices
        let remarks = found.filter { !$0.isUsable }.map { device in
            if let missing = device.missing {
                return "\(device.name) is not used: it has no \(missing)."
            }
            return "\(device.name) is not used: it is a device in software, which "
                + "BORA_ALLOW_SOFTWARE_GPU=1 lets in."
        }
        self.init(
            usable: found.filter(\.isUsable),
            remarks: found.isEmpty ? ["No GPUs: the drivers offer none."] : remarks)
    }
}
