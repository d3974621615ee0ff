import CVulkan
import Synchronization

/// An opened GPU: its memory, its queues and its pipelines. Logical devices on it share one; it is
/// closed with the last of them.
@safe final class VulkanContext: Sendable {
    private let library: VulkanLibrary
    nonisolated(unsafe) let gpu: OpaquePointer
    private let cache: PipelineCacheFile
    private let subgroupSize: Int
    private let pipelines = Mutex<[Kernel: Pipeline]>([:])
    private let taken = Atomic<Int>(0)
    /// What the process used of the device's memory before; nil where nothing says.
    let usedBytesBefore: Int?

    init(
        _ library: VulkanLibrary, device index: Int, cache: PipelineCacheFile, subgroupSize: Int,
        usedBytesBefore: Int?
    ) throws(VulkanError) {
        self.library = library
        self.usedBytesBefore = usedBytesBefore
        unsafe gpu = try library.open(device: index, pipelines: cache.read())
        self.cache = cache
        self.subgroupSize = subgroupSize
    }

    deinit {
        pipelines.withLock { pipelines in
            guard !pipelines.isEmpty else { return }
            cache.write(compiledPipelines)
            for pipeline in pipelines.values { unsafe bora_pipeline_free(gpu, pipeline.pointer) }
        }
        unsafe bora_gpu_free(gpu)
    }

    /// Bytes of device memory that Bora holds on this GPU.
    var takenBytes: Int { taken.load(ordering: .relaxed) }

    func count(takenBytes bytes: Int) { taken.wrappingAdd(bytes, ordering: .relaxed) }

    /// The pipeline of a kernel, compiled when it is first asked for.
    func pipeline(_ kernel: Kernel) throws(VulkanError) -> Pipeline {
        let result = pipelines.withLock { pipelines -> Result<Pipeline, VulkanError> in
            if let made = pipelines[kernel] { return .success(made) }
            do throws(VulkanError) {
                let made = try compile(kernel)
                pipelines[kernel] = made
                return .success(made)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func compile(_ kernel: Kernel) throws(VulkanError) -> Pipeline {
        let shader = unsafe bora_shader(kernel.shader.rawValue)
        precondition(unsafe shader.words != nil, "no code for \(kernel.shader)")
        var result: OpaquePointer?
        try VulkanError.check(
            unsafe bora_pipeline_make(
                gpu, shader, kernel.constants, UInt32(kernel.constants.count),
                UInt32(subgroupSize), &result))
        return unsafe Pipeline(pointer: result!)
    }

    private var compiledPipelines: [UInt8] {
        var count = 0
        guard unsafe bora_gpu_cache_read(gpu, nil, &count) == 0, count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe bora_gpu_cache_read(gpu, &bytes, &count) == 0 else { return [] }
        return Array(bytes.prefix(count))
    }
}

/// A compiled kernel, owned by its context.
@safe struct Pipeline: @unchecked Sendable {
    let pointer: OpaquePointer
}
