import BoraCore

extension Hub {
    /// A small file of a model: from the cache, or fetched and kept in memory alone.
    package func contents(of name: String, in model: ResolvedModel) async throws -> ByteSource {
        if let source = try cached(name, of: model) { return source }
        let file = try RemoteFile(name, of: model.id, commit: model.commit, transport)
        var patience = Patience(settings.limits, report: report)
        while true {
            do {
                let answer = try await file.answer(range: nil)
                let bytes = try await transport.bytes(of: answer, about: file.subject)
                return try ByteSource(
                    name: "\(model.id)/\(name)", prefix: bytes, count: bytes.count)
            } catch {
                try await patience.wait(after: file.outage(from: error))
            }
        }
    }

    /// The beginning of a large file: from the cache, or as many bytes as it takes, fetched by
    /// ranges and kept in memory alone.
    ///
    /// - Parameters:
    ///   - first: bytes to begin with.
    ///   - needed: how many bytes it takes by what is there; nil when that is enough. Asked again
    ///     with what it wanted.
    package func beginning(
        of name: String, in model: ResolvedModel, first: Int,
        _ needed: @Sendable (ByteSource) throws -> Int?
    ) async throws -> ByteSource {
        if let source = try cached(name, of: model) { return source }
        let file = try RemoteFile(name, of: model.id, commit: model.commit, transport)
        let count = try await description(of: file).bytes
        var bytes: [UInt8] = []
        var wanted = first
        while true {
            let range = bytes.count..<min(max(wanted, bytes.count), count)
            do {
                if !range.isEmpty {
                    bytes += try await file.bytes(range, of: count, report: report)
                }
            } catch is RemoteFile.RangesIgnored {
                throw HubError(
                    .invalidAnswer, file.subject.description,
                    "the server sends files as a whole only, so the header cannot be had alone. "
                        + "Fetch the model with: bora pull \(model.id)")
            }
            let source = try ByteSource(
                name: "\(model.id)/\(name)", prefix: bytes, count: count)
            guard !source.isComplete, let more = try needed(source) else { return source }
            wanted = more
        }
    }

    private func cached(_ name: String, of model: ResolvedModel) throws -> ByteSource? {
        let repository = cache.repository(model.id)
        guard repository.has(name, of: model.commit) else { return nil }
        return try ByteSource(mapping: "\(repository.snapshot(model.commit))/\(name)")
    }

    /// The files with the weights of a model, all parts of it.
    package func weightFiles(of model: ResolvedModel) async throws -> [String] {
        switch model.selection.weights {
        case .none: []
        case .files(let files): files
        case .index(let index):
            try await FileSelection.files(ofIndex: contents(of: index, in: model))
        }
    }
}
