import BoraCore
import BoraDevices
import CKernels

extension CPUDevice {
    /// Rows of one weight that a worker packs at once.
    private struct PackingChunk: Sendable {
        let upload: Int
        let panels: Range<Int>
        let bytes: Int
    }

    package func store(
        _ uploads: [WeightUpload], progress: @escaping @Sendable (Int) -> Void
    ) throws(DeviceError) {
        let chunks = Self.packingChunks(of: uploads)
        let weights = memory(.weights)
        let job = pool.submit { worker in
            worker.share(chunks.count) { index in
                let chunk = chunks[index]
                Self.pack(uploads[chunk.upload], chunk.panels, into: weights)
                progress(chunk.bytes)
            }
        }
        job.wait()
    }

    /// About a mebibyte each, in the order of the uploads.
    private static func packingChunks(of uploads: [WeightUpload]) -> [PackingChunk] {
        var chunks: [PackingChunk] = []
        for (index, upload) in uploads.enumerated() {
            let target = upload.target
            let panels = bora_panel_count(target.rows)
            let rowBytes = target.handle.bytes / max(target.rows, 1)
            let panelBytes = max(rowBytes * BORA_PANEL_ROWS, 1)
            let step = max(1, (1 << 20) / panelBytes)
            for first in stride(from: 0, to: panels, by: step) {
                let end = min(first + step, panels)
                let rows =
                    min(end * BORA_PANEL_ROWS, target.rows)
                    - first * BORA_PANEL_ROWS
                chunks.append(
                    PackingChunk(
                        upload: index, panels: first..<end, bytes: rows * rowBytes))
            }
        }
        return chunks
    }

    private static func pack(
        _ upload: WeightUpload, _ panels: Range<Int>, into weights: CPUArena
    ) {
        let target = upload.target
        func pack(_ source: UnsafeRawBufferPointer) {
            precondition(source.count == target.handle.bytes, "a weight has another size")
            unsafe bora_pack(
                target.type.kernelFormat, target.rows, target.columns, panels.lowerBound,
                panels.count, source.baseAddress, weights.address(of: target.handle))
        }
        switch upload.source {
        case .slice(let slice): unsafe slice.bytes.withUnsafeBytes { unsafe pack($0) }
        case .values(let values): unsafe values.withUnsafeBytes { unsafe pack($0) }
        }
    }
}
