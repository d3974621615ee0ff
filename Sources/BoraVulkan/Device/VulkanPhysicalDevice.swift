import BoraCore
import BoraDeviceMapping
import BoraDevices
import CVulkan
import Synchronization

/// A GPU of this machine as its driver describes it. One may carry several logical devices
/// (`VulkanDevice`), which share its memory.
package final class VulkanPhysicalDevice: Sendable {
    /// The memory that a device calls its own, as it is at one moment.
    package struct Memory: Equatable, Sendable {
        package let totalBytes: Int
        package let availableBytes: Int
        /// Which figure `availableBytes` is.
        package let source: String
    }

    package enum Kind: String, Sendable {
        case discrete, integrated, virtual, software, other
    }

    package let name: String
    package let driver: String
    package let kind: Kind
    /// Names the device and its driver's version; measurements and compiled pipelines are kept by
    /// it.
    package let identity: String
    /// The first thing that Bora requires and the device lacks; nil for none.
    package let missing: String?
    /// Optional features that it has, and whether Bora uses each here, for people to read.
    package let features: [(name: String, value: String)]
    /// Largest single allocation, in bytes.
    package let maxAllocationBytes: Int
    package let traits: DeviceTraits
    private let library: VulkanLibrary
    private let index: Int
    private let context = Mutex<WeakContext>(WeakContext())
    /// The traits that passed their check; nil before.
    private let verdict = Mutex<DeviceTraits?>(nil)

    private struct WeakContext: Sendable {
        weak var value: VulkanContext?
    }

    init(_ library: VulkanLibrary, index: Int) {
        let facts = library.facts(ofDevice: index)
        self.library = library
        self.index = index
        name = facts.nameText
        driver = facts.driverText
        kind = facts.kind
        identity = facts.identity
        let missing = facts.missingText
        self.missing = missing.isEmpty ? nil : missing
        maxAllocationBytes = Int(clamping: facts.max_allocation_bytes)
        traits = DeviceTraits(facts)
        features = facts.features(traits: traits)
    }

    package var isSoftware: Bool { kind == .software }
    package var computeUnits: Int { traits.computeUnits }

    /// Whether Bora may use it: it has all that is required, and is no software device, unless the
    /// environment lets those in.
    package var isUsable: Bool {
        missing == nil
            && (!isSoftware || VulkanLibrary.isSet("BORA_ALLOW_SOFTWARE_GPU"))
    }

    /// What the driver says is left, or, where it says nothing, the heap less what Bora holds.
    package var memory: Memory {
        let memory = library.memory(ofDevice: index)
        let total = Int(clamping: memory.total_bytes)
        guard !memory.is_budget else {
            return Memory(
                totalBytes: total, availableBytes: Int(clamping: memory.available_bytes),
                source: "driver's budget")
        }
        let held = context.withLock { $0.value?.takenBytes ?? 0 }
        return Memory(
            totalBytes: total, availableBytes: max(0, total - held),
            source: "size of the heap")
    }

    /// What the driver has taken of the device's memory since it was opened, for its context, its
    /// queues and compiled pipelines; nil where it is not open, or the driver does not say.
    var driverBytes: Int? {
        guard let context = context.withLock({ $0.value }), let before = context.usedBytesBefore,
            let now = usedBytes
        else { return nil }
        return max(0, now - before - context.takenBytes)
    }

    /// What this process uses of the memory that the device computes in. A device in software is
    /// part of the process.
    private var usedBytes: Int? {
        if isSoftware { return HostProbe().residentBytes() }
        let memory = library.memory(ofDevice: index)
        return memory.is_budget ? Int(clamping: memory.used_bytes) : nil
    }

    /// The traits without what does not pass its check on this driver.
    var checkedTraits: DeviceTraits {
        guard !traits.matrixShapes.isEmpty else { return traits }
        return verdict.withLock { verdict in
            if let verdict { return verdict }
            let codes = VariantCheck.shaders.map { "-" + String($0.checksum, radix: 16) }
            let file = UserCache.folder.map { "\($0)/variants/\(identity)\(codes.joined())" }
            var checked = traits
            let passes = VariantCheck(verdictFile: file).passes(traits) { traits in
                try VulkanDevice(
                    self, id: .gpu(0), isExact: false, traits: traits,
                    allocationLimit: maxAllocationBytes)
            }
            if !passes { checked.matrixShapes = [] }
            verdict = checked
            return checked
        }
    }

    /// What to tell the user of a device that has been opened: a variant that is not used.
    package var warning: String? {
        guard let checked = verdict.withLock({ $0 }), checked != traits else { return nil }
        return "\(name): the driver's cooperative matrices give wrong results, so they are not "
            + "used and prompts are slower; a newer driver may help (\(driver))"
    }

    /// The opened device, shared by all logical devices on it.
    func open() throws(VulkanError) -> VulkanContext {
        let result = context.withLock { context -> Result<VulkanContext, VulkanError> in
            if let open = context.value { return .success(open) }
            do throws(VulkanError) {
                let cache = PipelineCacheFile(identity: identity)
                let opened = try VulkanContext(
                    library, device: index, cache: cache, subgroupSize: traits.subgroupSize,
                    usedBytesBefore: usedBytes)
                context.value = opened
                return .success(opened)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
