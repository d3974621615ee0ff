import Foundation
import HubServer
import Testing

/// The built program with a cache and a home of its own, and a hub on loopback to fetch from.
struct HubProgram {
    let server: HubServer
    let folder: TemporaryFolder

    static func with(
        _ repository: HubRepository, body: (HubProgram) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await HubServer.with(repository) { server in
            try await body(HubProgram(server: server, folder: folder))
        }
    }

    /// The folder of the cache.
    var cache: String { folder.path("cache") }

    /// A process that has not started, whose standard error is the file `NAME.error`.
    func process(_ name: String, _ arguments: [String]) throws -> Process {
        let process = try BoraProgram.process(arguments)
        process.environment = [
            "HOME": folder.url.path, "HF_HUB_CACHE": cache, "HF_ENDPOINT": server.address(),
        ]
        process.standardOutput = try folder.newFile("\(name).output")
        process.standardError = try folder.newFile("\(name).error")
        return process
    }

    /// Runs to the end.
    func run(_ arguments: String...) throws -> BoraProgram.Output {
        let process = try process("run", arguments)
        try process.run()
        process.waitUntilExit()
        return try output(of: process, "run")
    }

    /// What a process that has ended left behind.
    func output(of process: Process, _ name: String) throws -> BoraProgram.Output {
        BoraProgram.Output(
            exitCode: process.terminationStatus,
            standardOutput: try folder.read("\(name).output"),
            standardError: try folder.read("\(name).error"))
    }

    /// Waits for something that another process does: as long as it takes.
    func wait(until condition: () throws -> Bool) async throws {
        while try !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }
}

extension HubRepository {
    /// The embedded model, as a repository with one GGUF file.
    static var tale: HubRepository {
        get throws {
            let content = try Data(contentsOf: URL(filePath: BoraProgram.modelPath))
            return HubRepository(
                "owner/tale",
                [
                    File("README.md", Array("A model.".utf8)),
                    File("tale-Q8_0.gguf", Array(content), isLarge: true),
                ])
        }
    }

    /// A saved model of another module's tests, its weights as large files.
    static func saved(
        _ folder: String, largeFiles: String = ".safetensors"
    ) throws -> HubRepository {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return HubRepository(
            "owner/saved",
            try names.sorted().map { name in
                let content = try Data(contentsOf: URL(filePath: folder + "/" + name))
                return File(name, Array(content), isLarge: name.hasSuffix(largeFiles))
            })
    }
}
