import Foundation
import HubServer
import TestSupport
import Testing

/// `pull`, `list`, `remove`, and the hub's ids in every command's place for a model.
@Suite(.timeLimit(.minutes(10))) struct HubCommandTests {
    private static let resources =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")

    @Test func aPlanTransfersTheHeaderAlone() async throws {
        try await HubProgram.with(.tale) { bora in
            let remote = try bora.run("plan", "owner/tale", "--json")
            #expect(remote.exitCode == 0, "\(remote.standardError)")
            let storage = bora.server.requests.filter { $0.host == .storage }
            #expect(storage.map(\.range) == ["bytes=0-1048575"])
            // The rest is the list of files.
            #expect((1 << 20..<1 << 20 + 500).contains(bora.server.bodyBytes))
            let local = try bora.run("plan", BoraProgram.modelPath, "--json")
            // What is free changes from moment to moment.
            func plan(_ output: BoraProgram.Output) -> [Substring] {
                output.standardOutput.split(separator: "\n").filter { !$0.contains("budget") }
            }
            #expect(plan(remote) == plan(local))
            #expect(!FileManager.default.fileExists(atPath: bora.cache))
        }
    }

    /// Configuration, index, and of each file with weights its header: not a byte more.
    @Test(arguments: ["safetensors", "sharded"])
    func aPlanOfSafetensorsTransfersHeadersAlone(_ name: String) async throws {
        let folder = "\(Self.resources)/BoraFormatsTests/Resources/\(name)"
        let repository = try HubRepository.saved(folder)
        try await HubProgram.with(repository) { bora in
            let remote = try bora.run("inspect", "owner/saved", "--json")
            #expect(remote.exitCode == 0, "\(remote.standardError)")
            var expected = Set<String?>()
            for file in repository.files where file.isLarge {
                let size = file.content.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                expected.formUnion(["bytes=0-7", "bytes=8-\(7 + size)"])
            }
            let storage = bora.server.requests.filter { $0.host == .storage }
            #expect(Set(storage.map(\.range)) == expected)
            #expect(storage.count == 2 * repository.files.count { $0.isLarge })
        }
    }

    @Test func theHeadersOfAllPartsMakeAModel() async throws {
        let folder = "\(Self.resources)/BoraFormatsTests/Resources/split"
        try await HubProgram.with(.saved(folder, largeFiles: ".gguf")) { bora in
            func tensors(_ output: BoraProgram.Output) -> Substring? {
                output.standardOutput.firstRange(of: "\"tensors\"").map {
                    output.standardOutput[$0.lowerBound...]
                }
            }
            let remote = try bora.run("inspect", "owner/saved:plain", "--json")
            #expect(remote.exitCode == 0, "\(remote.standardError)")
            let paths = bora.server.requests.filter { $0.host == .storage }.map(\.path)
            #expect(Set(paths).count == 3 && paths.count == 3)
            let local = try bora.run("inspect", "\(folder)/plain-00001-of-00003.gguf", "--json")
            #expect(tensors(local) != nil && tensors(remote) == tensors(local))
        }
    }

    /// A header that is longer than what is asked for first.
    @Test func aLongHeaderIsFetchedPieceByPiece() async throws {
        var sizes = GGUFBuilder.LlamaSizes()
        sizes.width = 512
        var builder = GGUFBuilder.llama(sizes)
        builder.set("general.description", .string(String(repeating: "long ", count: 300_000)))
        let content = builder.build()
        let repository = HubRepository(
            "owner/long", [.init("long.gguf", content, isLarge: true)])
        try await HubProgram.with(repository) { bora in
            let remote = try bora.run("plan", "owner/long")
            #expect(remote.exitCode == 0, "\(remote.standardError)")
            let storage = bora.server.requests.filter { $0.host == .storage }
            #expect(storage.map(\.range) == ["bytes=0-1048575", "bytes=1048576-2097151"])
            #expect(content.count > 4 << 20)
        }
    }

    @Test func aModelIsPulledListedRunAndRemoved() async throws {
        try await HubProgram.with(.tale) { bora in
            let pulled = try bora.run("pull", "owner/tale:Q8_0")
            #expect(pulled.exitCode == 0, "\(pulled.standardError)")
            let path = pulled.standardOutput.trimmingCharacters(in: .newlines)
            #expect(path.hasPrefix(bora.cache) && path.hasSuffix("/tale-Q8_0.gguf"))

            struct Listing: Decodable {
                struct Model: Decodable {
                    let id: String
                    let revisions: [String]
                    let bytes: Int
                    let files: Int
                }
                let cache: String
                let models: [Model]
            }
            let listing = try bora.run("list", "--json").json(as: Listing.self)
            let bytes = try HubRepository.tale["tale-Q8_0.gguf"]!.content.count
            #expect(listing.cache == bora.cache)
            #expect(listing.models.map(\.id) == ["owner/tale"])
            #expect(listing.models.first?.revisions == ["main"])
            #expect(listing.models.first?.bytes == bytes && listing.models.first?.files == 1)
            #expect(try bora.run("list").standardOutput.contains("owner/tale"))

            let offline = try bora.run("plan", "owner/tale", "--offline", "--json")
            #expect(offline.exitCode == 0, "\(offline.standardError)")
            #expect(try bora.run("remove", "owner/tale").exitCode == 2)
            let removed = try bora.run("remove", "owner/tale", "--yes")
            #expect(removed.exitCode == 0 && removed.standardError.contains("(\(bytes) bytes)"))
            #expect(try bora.run("remove", "owner/tale", "--yes").exitCode == 1)
            #expect(try bora.run("plan", "owner/tale", "--offline").exitCode == 1)
        }
    }

    @Test func anInterruptedPullGoesOn() async throws {
        try await HubProgram.with(.tale) { bora in
            // The second range of 8 MiB does not exist: the model is shorter. Let some of it come.
            bora.server.fail("/blobs/", .hold(after: 3_000_000))
            let process = try bora.process("first", ["pull", "owner/tale"])
            try process.run()
            try await bora.wait { bora.server.isHolding }
            process.interrupt()
            process.waitUntilExit()
            let first = try bora.output(of: process, "first")
            #expect(first.exitCode == 130)
            #expect(first.standardError.contains("bora pull owner/tale goes on"))
            #expect(try bora.run("plan", "owner/tale", "--offline").exitCode == 1)
            bora.server.release()
            let second = try bora.run("pull", "owner/tale")
            #expect(second.exitCode == 0, "\(second.standardError)")
            let path = second.standardOutput.trimmingCharacters(in: .newlines)
            #expect(
                try Data(contentsOf: URL(filePath: path))
                    == Data(contentsOf: URL(filePath: BoraProgram.modelPath)))
        }
    }

    @Test func twoProcessesDownloadOnce() async throws {
        try await HubProgram.with(.tale) { bora in
            bora.server.fail("/blobs/", .hold(after: 1000))
            let processes = try ["first", "second"].map {
                try bora.process($0, ["pull", "owner/tale"])
            }
            try processes[0].run()
            try await bora.wait { bora.server.isHolding }
            try processes[1].run()
            try await bora.wait {
                try bora.folder.read("second.error").contains("another process downloads")
            }
            bora.server.release()
            for process in processes { process.waitUntilExit() }
            let outputs = try zip(processes, ["first", "second"]).map {
                try bora.output(of: $0, $1)
            }
            #expect(outputs.map(\.exitCode) == [0, 0], "\(outputs.map(\.standardError))")
            #expect(outputs[0].standardOutput == outputs[1].standardOutput)
            #expect(bora.server.requests.count { $0.host == .storage } == 1)
        }
    }

    @Test func aFileHasNoRevision() throws {
        let output = try BoraProgram.run("plan", BoraProgram.modelPath, "--revision", "main")
        #expect(output.exitCode == 2)
        #expect(output.standardError.contains("--revision"))
    }

    @Test(arguments: [
        ["pull", "owner/none"], ["plan", "owner/none"], ["run", "-m", "owner/none", "x"],
        ["tokenize", "owner/none", "--text", "x"],
    ])
    func whatIsNotOnTheHubIsNamed(_ arguments: [String]) async throws {
        try await HubProgram.with(.tale) { bora in
            let process = try bora.process("run", arguments)
            try process.run()
            process.waitUntilExit()
            let output = try bora.output(of: process, "run")
            #expect(output.exitCode == 1)
            #expect(output.standardError.contains("owner/none"))
            #expect(output.standardOutput.isEmpty)
        }
    }
}
