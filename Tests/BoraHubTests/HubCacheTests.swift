import BoraCore
import BoraHub
import Foundation
import HubServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct HubCacheTests {
    static let gguf = HubRepository(
        "owner/tiny",
        [
            .init("m-Q4_0.gguf", HubRepository.content(4_000, seed: 4), isLarge: true),
            .init("m-Q8_0.gguf", HubRepository.content(8_000, seed: 8), isLarge: true),
        ])

    @Test func revisionsAreListed() async throws {
        try await HubBench.with { bench in
            #expect(try HubCache(bench.cache).repositories().isEmpty)
            try await bench.pull()
            let repositories = try HubCache(bench.cache).repositories()
            #expect(repositories.map(\.name) == ["owner/tiny"])
            let revisions = try repositories[0].revisions()
            #expect(revisions.count == 1)
            #expect(revisions.first?.commit == HubRepository.tiny.commit)
            #expect(revisions.first?.references == ["main"])
            #expect(revisions.first?.files == 3)
            #expect(
                revisions.first?.bytes
                    == 28_800 + HubRepository.tiny["config.json"]!.content.count)
            #expect(
                revisions.first.map {
                    abs(Double($0.lastUse) - Date().timeIntervalSince1970) < 3600
                } == true)
        }
    }

    @Test func removingAModelLeavesTheOthers() async throws {
        try await HubBench.with { bench in
            try await bench.pull()
            bench.server.add(
                HubRepository(
                    "owner/other", commit: HubRepository.tiny.commit, HubRepository.tiny.files))
            try await bench.pull("owner/other")
            try FileSystem.write("mine", to: bench.cache + "/models.txt")
            let removal = try bench.repository.removal(of: HubID("owner/tiny")!)
            #expect(
                removal.bytes == 28_800 + HubRepository.tiny["config.json"]!.content.count)
            try bench.repository.remove(removal)
            #expect(!bench.files.contains { $0.contains("tiny") })
            #expect(bench.files.contains("models.txt"))
            let path = try await bench.pull("owner/other", isOffline: true)
            #expect(bench.content(path + "/model.safetensors") == HubRepository.weights)
            #expect(throws: HubError.self) {
                try bench.repository.removal(of: HubID("owner/tiny")!)
            }
        }
    }

    @Test func removingAChoiceLeavesTheRest() async throws {
        try await HubBench.with(Self.gguf) { bench in
            try await bench.pull("owner/tiny:Q4_0")
            let other = try await bench.pull("owner/tiny:Q8_0")
            let removal = try bench.repository.removal(of: HubID("owner/tiny:Q4_0")!)
            #expect(removal.bytes == 4_000)
            try bench.repository.remove(removal)
            #expect(try await bench.pull("owner/tiny:Q8_0", isOffline: true) == other)
            #expect(bench.content(other) == Self.gguf["m-Q8_0.gguf"]?.content)
            #expect(
                !bench.files.contains {
                    $0.contains(Self.gguf["m-Q4_0.gguf"]!.tag) && !$0.hasSuffix(".lock")
                })
        }
    }

    @Test func removingARevisionKeepsWhatIsShared() async throws {
        try await HubBench.with { bench in
            let old = try await bench.pull()
            var files = HubRepository.tiny.files.filter { $0.name != "config.json" }
            files.append(.init("config.json", Array("{\"model_type\": \"qwen2\"}".utf8)))
            let commit = String(repeating: "d", count: 40)
            bench.server.add(HubRepository("owner/tiny", commit: commit, files))
            let new = try await bench.pull()
            let removal = try bench.repository.removal(
                of: HubID("owner/tiny@\(HubRepository.tiny.commit)")!)
            #expect(removal.bytes == HubRepository.tiny["config.json"]!.content.count)
            try bench.repository.remove(removal)
            #expect(!Folder(old).exists)
            #expect(bench.content(new + "/model.safetensors") == HubRepository.weights)
            #expect(bench.repository.commit(of: "main") == commit)
        }
    }

    @Test func aDownloadIsNotRemovedUnderway() async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", .hold(after: 300))
            async let path = bench.pull()
            while !bench.server.isHolding { try await Task.sleep(for: .milliseconds(1)) }
            let removal = try bench.repository.removal(of: HubID("owner/tiny")!)
            let error = #expect(throws: HubError.self) { try bench.repository.remove(removal) }
            #expect(error?.code == .busy)
            bench.server.release()
            #expect(try await bench.content(path + "/model.safetensors") == HubRepository.weights)
        }
    }

    @Test(arguments: ["", "main", "../../x", String(repeating: "g", count: 40)])
    func aReferenceThatNamesNoCommitIsNone(_ text: String) {
        #expect(CachedRepository.commit(inReference: text) == nil)
    }
}
