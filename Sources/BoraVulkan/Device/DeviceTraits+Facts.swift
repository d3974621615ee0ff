import BoraCore
import BoraDevices
import CVulkan

/// The driver's description in Swift's types.
extension bora_gpu_facts {
    var nameText: String { Self.text(name) }
    var driverText: String { "\(Self.text(driver)) \(Self.text(driver_info))" }
    var missingText: String { Self.text(missing) }

    var kind: VulkanPhysicalDevice.Kind {
        switch type {
        case BORA_GPU_DISCRETE: .discrete
        case BORA_GPU_INTEGRATED: .integrated
        case BORA_GPU_VIRTUAL: .virtual
        case BORA_GPU_SOFTWARE: .software
        default: .other
        }
    }

    var identity: String {
        let uuids = Self.bytes(device_uuid) + Self.bytes(driver_uuid)
        let text = uuids.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text.joined() + "-" + String(driver_version, radix: 16)
    }

    func features(traits: DeviceTraits) -> [(name: String, value: String)] {
        let shapes = traits.matrixShapes.map { "\($0.m)x\($0.n)x\($0.k)" }
        let version = "\(api_version >> 22).\(api_version >> 12 & 0x3FF).\(api_version & 0xFFF)"
        let has = { (flag: Bool) in flag ? "yes" : "no" }
        let faster = { (has: Bool, isFast: Bool) in
            has ? isFast ? "yes" : "yes (slow, not used)" : "no"
        }
        return [
            ("Vulkan", version),
            ("float16 arithmetic", faster(has_float16, traits.hasFloat16)),
            ("integer dot products", faster(has_integer_dot, traits.hasIntegerDot)),
            (
                "subgroup size",
                min_subgroup_size == max_subgroup_size
                    ? "\(subgroup_size)"
                    : "\(traits.subgroupSize) of \(min_subgroup_size)-\(max_subgroup_size)"
            ),
            ("cooperative matrices", shapes.isEmpty ? "no" : shapes.joined(separator: " ")),
            ("prompts, quantized", "\(traits.tileArithmetic(of: [.q4_K], columns: 256))"),
            ("prompts, plain", "\(traits.tileArithmetic(of: [.f16], columns: 256))"),
            (
                "prompts, attention",
                traits.attentionTile(Self.usualGeometry) == nil
                    ? "float32" : "cooperative matrices"
            ),
            ("memory budget", has(has_memory_budget)),
            ("transfer queue", has(has_transfer_queue)),
            ("largest allocation", "\(max_allocation_bytes) bytes"),
        ]
    }

    /// The cache of most models.
    private static let usualGeometry = KVGeometry(
        heads: 8, keyWidth: 128, valueWidth: 128, type: .f16)

    /// The text of a zero-terminated C array.
    private static func text<Array>(_ array: Array) -> String {
        String(decoding: bytes(array).prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func bytes<Array>(_ array: Array) -> [UInt8] {
        unsafe withUnsafeBytes(of: array) { unsafe [UInt8]($0) }
    }
}

extension DeviceTraits {
    /// Subgroups of 32 suit the kernels best; other sizes work. A software device computes with
    /// halves by converting them.
    init(_ facts: bora_gpu_facts) {
        let sizes = Int(facts.min_subgroup_size)...Int(facts.max_subgroup_size)
        let shapes = unsafe withUnsafeBytes(of: facts.matrix_shapes) { bytes in
            unsafe bytes.bindMemory(to: bora_matrix_shape.self)
                .prefix(Int(facts.matrix_shape_count))
                .map { MatrixShape(m: Int($0.m), n: Int($0.n), k: Int($0.k)) }
        }
        self.init(
            subgroupSize: sizes.contains(32) ? 32 : Int(facts.subgroup_size),
            sharedBytes: Int(facts.shared_bytes), maxGroupSize: Int(facts.max_group_size),
            hasFloat16: facts.has_float16 && facts.type != BORA_GPU_SOFTWARE,
            hasIntegerDot: facts.has_fast_integer_dot, matrixShapes: shapes,
            computeUnits: max(1, Int(facts.compute_units)))
    }
}
