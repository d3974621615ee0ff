import AsyncHTTPClient
import BoraCore
import NIOCore

/// The download of one file's content into the cache. What has come lies in `TAG.incomplete` from
/// the first byte on without a gap, so that whoever comes next, after an interruption, goes on
/// where it ends. It gets the blob's name when its size and checksum are right.
struct BlobDownload: Sendable {
    let file: RemoteFile
    let description: FileDescription
    let repository: CachedRepository
    let limits: TransferLimits
    let report: @Sendable (HubEvent) -> Void

    private var blob: String { repository.blob(description.tag) }
    private var incomplete: String { blob + ".incomplete" }

    /// Whether nothing is left to do.
    var isDone: Bool { FileStatus(of: blob)?.bytes == description.bytes }

    /// Bytes that have to come.
    var missingBytes: Int {
        guard !isDone else { return 0 }
        let here = FileStatus(of: incomplete)?.bytes ?? 0
        return description.bytes - (here <= description.bytes ? here : 0)
    }

    func run() async throws {
        guard !isDone else { return }
        try FileSystem.createFolder("\(repository.path)/blobs")
        try FileSystem.createFolder(repository.locks)
        let expected = missingBytes
        let lock = try await takeLock()
        defer { withExtendedLifetime(lock) {} }
        guard !isDone else {
            // Another process brought it.
            report(.received(bytes: expected))
            return
        }
        report(.received(bytes: expected - missingBytes))
        var content = try BlobContent(at: incomplete, description)
        do {
            try await complete(&content)
            try content.verify(about: file.subject)
        } catch let error as HubError where error.isAboutContent {
            try FileSystem.remove(incomplete)
            throw error
        }
        try FileSystem.move(incomplete, to: blob)
    }

    private func takeLock() async throws -> FileLock {
        let path = repository.lock(description.tag)
        var isWaiting = false
        while true {
            if let lock = try FileLock.take(path) { return lock }
            if !isWaiting { report(.waiting(file: file.name)) }
            isWaiting = true
            try await Task.sleep(for: limits.lockPoll)
        }
    }

    /// Fetches what is missing: ranges at the same time where the server gives ranges, else all
    /// from the beginning.
    private func complete(_ content: inout BlobContent) async throws {
        do {
            try await fetchRanges(into: &content)
        } catch is RemoteFile.RangesIgnored {
            report(.received(bytes: -content.count))
            try await fetchWhole(into: &content)
        }
    }

    /// Keeps `lanes` ranges on their way and puts them down in order. The first goes alone: it
    /// shows whether the server gives ranges.
    private func fetchRanges(into content: inout BlobContent) async throws {
        guard content.count < description.bytes else { return }
        var next = content.count
        var arrived: [Int: [UInt8]] = [:]
        var lanes = 1
        try await withThrowingTaskGroup(of: (start: Int, bytes: [UInt8]).self) { group in
            while content.count < description.bytes {
                let window = content.count + lanes * limits.chunkBytes
                while next < description.bytes, next < window {
                    let range = next..<min(next + limits.chunkBytes, description.bytes)
                    group.addTask {
                        let bytes = try await file.bytes(
                            range, of: description.bytes, report: report)
                        return (range.lowerBound, bytes)
                    }
                    next = range.upperBound
                }
                guard let (start, bytes) = try await group.next() else { break }
                arrived[start] = bytes
                while let bytes = arrived.removeValue(forKey: content.count) {
                    try content.append(bytes)
                }
                lanes = limits.lanes
            }
        }
    }

    private func fetchWhole(into content: inout BlobContent) async throws {
        var patience = Patience(limits, report: report)
        while true {
            try content.clear()
            do {
                return try await fetchOnce(into: &content, &patience)
            } catch {
                report(.received(bytes: -content.count))
                try await patience.wait(after: file.outage(from: error))
            }
        }
    }

    private func fetchOnce(
        into content: inout BlobContent, _ patience: inout Patience
    ) async throws {
        let answer = try await file.answer(range: nil)
        var pace = Pace(limits)
        for try await piece in answer.body {
            guard content.count + piece.readableBytes <= description.bytes else {
                throw file.wrongSize(
                    content.count + piece.readableBytes, of: description.bytes)
            }
            try content.append(Array(piece.readableBytesView))
            report(.received(bytes: piece.readableBytes))
            try pace.received(piece.readableBytes, about: file.subject)
        }
        guard content.count == description.bytes else {
            throw file.brokeOff(after: content.count, of: description.bytes)
        }
    }
}

extension HubError {
    /// What was kept cannot be gone on with.
    fileprivate var isAboutContent: Bool { [.wrongChecksum, .wrongSize, .changed].contains(code) }
}
