import Foundation
import Testing

/// The built program, run as a process of its own.
struct BoraProgram {
    /// What a run left behind.
    struct Output {
        let exitCode: Int32
        let standardOutput: String
        let standardError: String

        func json<Document: Decodable>(as type: Document.Type = Document.self) throws -> Document {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Document.self, from: Data(standardOutput.utf8))
        }
    }

    /// `bora` lies beside the test program in the build folder.
    static var path: URL {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(filePath: tests).deletingLastPathComponent().appending(path: "bora")
        }
    }

    /// The program sees no GPU, so that tests are the same on all machines; what it measures is
    /// kept beside it. Should it crash, it says where.
    static var environment: [String: String] {
        get throws {
            ProcessInfo.processInfo.environment.merging([
                "VK_DRIVER_FILES": "/dev/null",
                "SWIFT_BACKTRACE": "enable=yes,color=no,interactive=no",
                "XDG_CACHE_HOME": try path.deletingLastPathComponent()
                    .appending(path: "test-cache").path,
            ]) { $1 }
        }
    }

    /// The same with the GPU in software, where that is installed.
    static var withSoftwareGPU: [String: String] {
        get throws {
            var environment = try environment
            environment["VK_DRIVER_FILES"] = nil
            environment["BORA_ALLOW_SOFTWARE_GPU"] = "1"
            return environment
        }
    }

    static let hasSoftwareGPU = {
        let output = try? run(["devices"], environment: try withSoftwareGPU)
        return output?.standardOutput.contains("gpu[0]") == true
    }()

    /// A process that has not started, with its three streams on files or nothing.
    static func process(
        _ arguments: [String], environment: [String: String]? = nil
    ) throws -> Process {
        let process = Process()
        process.environment = try environment ?? Self.environment
        process.executableURL = try path
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        return process
    }

    /// Runs to the end.
    static func run(_ arguments: String..., input: String? = nil) throws -> Output {
        try run(arguments, input: input)
    }

    static func run(
        _ arguments: [String], input: String? = nil, environment: [String: String]? = nil
    ) throws -> Output {
        try TemporaryFolder.with { folder in
            let process = try process(arguments, environment: environment)
            let output = try folder.newFile("output")
            let error = try folder.newFile("error")
            process.standardOutput = output
            process.standardError = error
            if let input {
                let path = folder.write(input, to: "input")
                process.standardInput = FileHandle(forReadingAtPath: path)
            }
            try process.run()
            process.waitUntilExit()
            let killed = process.terminationReason != .exit
            let result = Output(
                exitCode: killed ? 128 + process.terminationStatus : process.terminationStatus,
                standardOutput: try folder.read("output"),
                standardError: try folder.read("error"))
            if killed {
                Issue.record(
                    """
                    \(arguments) was killed by signal \(process.terminationStatus):
                    \(result.standardError)
                    """)
            }
            return result
        }
    }

    /// The embedded model as a file.
    static let modelPath = repository.appending(path: "Sources/CTale/tale-q8_0.gguf").path

    static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}

/// A folder that is gone after use.
struct TemporaryFolder {
    let url: URL

    static func with<Result>(_ body: (TemporaryFolder) throws -> Result) throws -> Result {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try body(folder)
    }

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "bora-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func newFile(_ name: String) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: path(name), contents: nil)
        return try FileHandle(forWritingTo: url.appending(path: name))
    }

    /// Returns the path.
    func write(_ text: String, to name: String) -> String { write(Data(text.utf8), to: name) }

    func write(_ data: Data, to name: String) -> String {
        _ = FileManager.default.createFile(atPath: path(name), contents: data)
        return path(name)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }
}
