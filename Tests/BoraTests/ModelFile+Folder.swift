import Bora
import FoundationEssentials

extension ModelFile {
    /// Opens a folder of files by name, and a configuration.
    static func inFolder<Result>(
        _ files: [String: String], _ body: (ModelFile) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/bora-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = [
            "config.json": #"{"model_type": "llama", "text_config": {"vocab_size": 50}}"#
        ]
        for (name, text) in files.merging(configuration, uniquingKeysWith: { first, _ in first }) {
            _ = FileManager.default.createFile(
                atPath: "\(folder)/\(name)", contents: Data(text.utf8))
        }
        return try body(ModelFile(path: folder))
    }
}
