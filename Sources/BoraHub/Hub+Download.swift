import BoraCore

extension Hub {
    /// Brings all files of a model into the cache.
    ///
    /// - Returns: the path of the model's file, or of the folder that holds its files.
    package func download(_ model: ResolvedModel) async throws -> String {
        if let path = try path(of: model) {
            try noteRevision(of: model)
            return path
        }
        try FileSystem.createFolder(cache.path)
        let names = try await names(of: model)
        let downloads = try await concurrently(names) { try await download(of: $0, in: model) }
        let missing = downloads.reduce(0) { $0 + $1.missingBytes }
        try checkSpace(for: missing, of: model)
        report(.started(files: downloads.count { !$0.isDone }, bytes: missing))
        _ = try await concurrently(downloads) { try await $0.run() }
        // A snapshot appears when everything is there: nobody finds half a model.
        let repository = cache.repository(model.id)
        for download in downloads {
            try repository.link(
                download.file.name, of: model.commit, to: download.description.tag)
        }
        try noteRevision(of: model)
        return path(ofEntry: model)
    }

    private func noteRevision(of model: ResolvedModel) throws {
        guard !model.isFromCache else { return }
        try cache.repository(model.id).setReference(
            model.id.revision ?? HubID.mainBranch, to: model.commit)
    }

    /// The files to download: the weights first, so that the configuration, which makes a folder a
    /// model, is linked last.
    private func names(of model: ResolvedModel) async throws -> [String] {
        let companions = model.selection.companions.sorted { left, right in
            left != FileSelection.configuration && right == FileSelection.configuration
        }
        switch model.selection.weights {
        case .none: return companions
        case .files(let files): return files + companions
        case .index(let index):
            let files = try await FileSelection.files(ofIndex: contents(of: index, in: model))
            return files + [index] + companions
        }
    }

    private func download(of name: String, in model: ResolvedModel) async throws -> BlobDownload {
        let file = try RemoteFile(name, of: model.id, commit: model.commit, transport)
        return BlobDownload(
            file: file, description: try await description(of: file),
            repository: cache.repository(model.id), limits: settings.limits, report: report)
    }

    func description(of file: RemoteFile) async throws -> FileDescription {
        var patience = Patience(settings.limits, report: report)
        while true {
            do {
                return try await file.description()
            } catch {
                try await patience.wait(after: file.outage(from: error))
            }
        }
    }

    private func checkSpace(for bytes: Int, of model: ResolvedModel) throws {
        let free = try FileSystem.freeBytes(at: cache.path)
        guard bytes > free else { return }
        throw HubError(
            .noSpace, model.id.description,
            "\(ByteCount(bytes)) are to be downloaded, and \(cache.path) has \(ByteCount(free)) "
                + "free. Remove models (bora list, bora remove), or say where there is more room "
                + "with --hub-cache or HF_HUB_CACHE")
    }

    /// Does work on values, on as many at a time as there may be files on their way.
    ///
    /// - Returns: the results, in the order of the values.
    package func concurrently<Value: Sendable, Result: Sendable>(
        _ values: [Value], _ work: @escaping @Sendable (Value) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [(Int, Result)] = []
            for (index, value) in values.enumerated() {
                if index >= settings.limits.files, let result = try await group.next() {
                    results.append(result)
                }
                group.addTask { (index, try await work(value)) }
            }
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
