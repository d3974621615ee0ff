import BoraCore
import BoraFormats
import BoraHub

/// How a model is named: by a path that leads somewhere, else by an id of the hub.
public enum ModelSource: Sendable, Equatable {
    case path(String)
    case hub(String)

    /// - Throws: when the name is neither, with the ways to name a model.
    public init(_ name: String) throws {
        if FileStatus(of: name) != nil {
            self = .path(name)
        } else if HubID(name) != nil {
            self = .hub(name)
        } else {
            throw UnknownModel(name: name)
        }
    }
}

/// A name that leads to no file and is no id.
struct UnknownModel: DescribedError {
    let name: String

    var category: ErrorCategory { .notFound }
    var identifier: String { "model.unknown" }
    var description: String {
        "\(name): there is no such file, and it is no id of the hub. A model is given as the path "
            + "of a GGUF file, as that of a folder with config.json and safetensors, or as an id: "
            + "owner/name, owner/name:Q4_K_M or owner/name@revision"
    }
}

extension ModelHub {
    /// What a model is opened for: what has to be here.
    public enum Purpose: Sendable {
        /// Everything.
        case running
        /// All but the weights.
        case reading
        /// The headers and the configuration.
        case planning
    }

    /// Opens a model by its id. What the purpose takes and the cache has not is fetched: to be run,
    /// the model is downloaded into the cache; else its headers are kept in memory alone.
    ///
    /// - Parameter report: called from any thread.
    public func open(
        _ name: String, for purpose: Purpose,
        report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> ModelFile {
        let id = try id(name)
        return try await Hub.with(settings, report: Self.reporting(report)) { hub in
            let model = try await hub.resolve(id)
            if purpose == .running { return try ModelFile(path: await hub.download(model)) }
            if let path = try hub.path(of: model) { return try ModelFile(path: path) }
            let files = try await hub.headers(of: model, for: purpose)
            return ModelFile(checkpoint: try Checkpoint(in: files))
        }
    }
}

extension Hub {
    /// The files of a model as far as its headers go, by the names that they have in one folder.
    fileprivate func headers(
        of model: ResolvedModel, for purpose: ModelHub.Purpose
    ) async throws -> ModelFiles {
        var sources: [String: ByteSource] = [:]
        // A tokenizer is large, and no plan depends on it.
        var small = model.selection.companions.filter {
            purpose == .reading || $0 != "tokenizer.json"
        }
        if case .index(let index) = model.selection.weights { small.append(index) }
        for (name, source) in try await concurrently(
            small, { ($0, try await contents(of: $0, in: model)) })
        {
            sources[name] = source
        }
        let weights = try await weightFiles(of: model)
        for (path, source) in try await concurrently(
            weights, { ($0, try await header(of: $0, in: model)) })
        {
            sources[path.split(separator: "/").last.map(String.init) ?? path] = source
        }
        return ModelFiles(name: model.id.description, sources: sources)
    }

    private func header(of file: String, in model: ResolvedModel) async throws -> ByteSource {
        file.hasSuffix(".gguf")
            ? try await beginning(of: file, in: model, first: 1 << 20, HeaderSize.ofGGUF)
            : try await beginning(of: file, in: model, first: 8, HeaderSize.ofSafetensors)
    }
}

/// How many bytes of a file it takes to read its header; nil when what is there is enough, be it to
/// see that the file is not to be read.
enum HeaderSize {
    /// Beyond any real header.
    private static let maximum = 1 << 28

    /// A GGUF header has no length: twice as much is tried while it goes on.
    static func ofGGUF(_ source: ByteSource) -> Int? {
        do throws(FormatError) {
            _ = try Checkpoint(reading: source)
            return nil
        } catch {
            guard error.code == .truncated, source.knownCount < maximum else { return nil }
            return source.knownCount * 2
        }
    }

    /// The length of the header, 8 bytes, comes first.
    static func ofSafetensors(_ source: ByteSource) -> Int? {
        guard source.knownCount >= 8 else { return nil }
        let size = source.bytes.integer(at: 0, as: UInt64.self)
        guard size < UInt64(maximum), source.knownCount < 8 + Int(size) else { return nil }
        return 8 + Int(size)
    }
}
