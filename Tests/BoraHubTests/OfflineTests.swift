import BoraCore
import BoraHub
import HubServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct OfflineTests {
    @Test func theCacheIsEnough() async throws {
        try await HubBench.with { bench in
            let path = try await bench.pull()
            bench.server.forgetRequests()
            #expect(try await bench.pull(isOffline: true) == path)
            #expect(try await bench.pull("owner/tiny@\(HubRepository.tiny.commit)") == path)
            #expect(bench.server.requests.isEmpty)
        }
    }

    @Test func whatIsNotCachedIsAnError() async throws {
        try await HubBench.with { bench in
            let error = try await bench.failure(isOffline: true)
            #expect(error.code == .notCached)
            #expect(error.explanation.contains("bora pull owner/tiny"))
            try await bench.pull()
            #expect(try await bench.failure("owner/tiny@v2", isOffline: true).code == .notCached)
            try FileSystem.remove(
                "\(bench.repository.snapshot(HubRepository.tiny.commit))/model.safetensors")
            #expect(try await bench.failure(isOffline: true).code == .notCached)
            #expect(bench.server.requests.count { $0.path.contains("/api/") } == 1)
        }
    }

    @Test func theCacheDoesWhenTheNetworkFails() async throws {
        try await HubBench.with { bench in
            let path = try await bench.pull()
            bench.server.fail("/api/", on: .hub, .status(503), times: 100)
            #expect(try await bench.pull() == path)
            let warnings = bench.events.count { event in
                if case .usingCache = event { true } else { false }
            }
            #expect(warnings == 1)
        }
    }

    @Test func aNewCommitIsFetched() async throws {
        try await HubBench.with { bench in
            let old = try await bench.pull()
            bench.server.add(
                HubRepository(
                    "owner/tiny", commit: String(repeating: "d", count: 40),
                    HubRepository.tiny.files.filter { $0.name != "tokenizer.json" }))
            bench.server.forgetRequests()
            let new = try await bench.pull()
            #expect(new != old)
            #expect(!bench.server.requests.contains { $0.host == .storage })
            #expect(bench.repository.commit(of: "main") == String(repeating: "d", count: 40))
            #expect(try bench.repository.commits().count == 2)
        }
    }

    @Test func settingsComeFromTheEnvironment() throws {
        let plain = try HubSettings(environment: ["HOME": "/home/ann"])
        #expect(plain.cache == "/home/ann/.cache/huggingface/hub")
        #expect(plain.endpoint == "https://huggingface.co")
        #expect(plain.token == nil && !plain.isOffline)
        #expect(
            try HubSettings(environment: ["XDG_CACHE_HOME": "/x", "HOME": "/h"]).cache
                == "/x/huggingface/hub")
        #expect(
            try HubSettings(environment: ["HF_HOME": "~/hf", "HOME": "/h"]).cache == "/h/hf/hub")
        let all = try HubSettings(environment: [
            "HF_HOME": "/hf", "HF_HUB_CACHE": "/cache", "HF_TOKEN": " hf_a\n",
            "HF_HUB_OFFLINE": "true", "HF_ENDPOINT": "http://127.0.0.1:1/",
        ])
        #expect(all.cache == "/cache" && all.token == "hf_a" && all.isOffline)
        #expect(all.endpoint == "http://127.0.0.1:1")
        let given = try HubSettings(
            environment: ["HF_HUB_CACHE": "/cache", "HF_TOKEN": "a", "HF_HUB_OFFLINE": "0"],
            cache: "/other", token: "b")
        #expect(given.cache == "/other" && given.token == "b" && !given.isOffline)
        for environment in [
            ["HF_ENDPOINT": "hub"], ["HF_ENDPOINT": "ftp://hub"], ["HF_TOKEN": "a b"], [:],
        ] {
            #expect(throws: HubError.self) { try HubSettings(environment: environment) }
        }
    }

    @Test func theTokenFileIsRead() async throws {
        try await HubBench.with { bench in
            try FileSystem.createFolder(bench.cache)
            try FileSystem.write("hf_filed\n", to: bench.cache + "/token")
            let environment = ["HF_HOME": bench.cache]
            #expect(try HubSettings(environment: environment).token == "hf_filed")
            #expect(
                try HubSettings(environment: environment.merging(["HF_TOKEN": "b"]) { $1 }).token
                    == "b")
        }
    }
}
