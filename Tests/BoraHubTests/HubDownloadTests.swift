import BoraCore
import BoraHub
import HubServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct HubDownloadTests {
    static let commit = HubRepository.tiny.commit

    @Test func aModelIsLaidOutAsOtherToolsDo() async throws {
        try await HubBench.with { bench in
            let path = try await bench.pull()
            let folder = "models--owner--tiny"
            #expect(path == "\(bench.cache)/\(folder)/snapshots/\(Self.commit)")
            let tags = ["config.json", "model.safetensors", "tokenizer.json"].map {
                HubRepository.tiny[$0]!.tag
            }
            #expect(
                bench.files
                    == (tags.map { ".locks/\(folder)/\($0).lock" }
                    + tags.map { "\(folder)/blobs/\($0)" } + ["\(folder)/refs/main"]
                    + ["config.json", "model.safetensors", "tokenizer.json"].map {
                        "\(folder)/snapshots/\(Self.commit)/\($0)"
                    }).sorted())
            #expect(bench.content(path + "/model.safetensors") == HubRepository.weights)
            #expect(
                FileSystem.destination(ofLink: path + "/model.safetensors")
                    == "../../blobs/\(HubRepository.tiny["model.safetensors"]!.tag)")
            #expect(
                bench.content("\(bench.cache)/\(folder)/refs/main") == Array(Self.commit.utf8))
        }
    }

    @Test func aSecondPullTransfersNothing() async throws {
        try await HubBench.with { bench in
            let first = try await bench.pull()
            bench.server.forgetRequests()
            #expect(try await bench.pull() == first)
            #expect(bench.server.requests.map(\.path) == ["/api/models/owner/tiny/revision/main"])
        }
    }

    @Test func largeFilesComeInRanges() async throws {
        try await HubBench.with { bench in
            try await bench.pull()
            let ranges = bench.server.requests.filter { $0.host == .storage }.compactMap(\.range)
            #expect(
                Set(ranges)
                    == Set(
                        stride(from: 0, to: 25_500, by: 1000).map { start in
                            "bytes=\(start)-\(min(start + 999, 25_499))"
                        }))
            #expect(ranges.count == 26)
        }
    }

    @Test func progressAddsUpToWhatWasAnnounced() async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", .drop(after: 100), times: 3)
            try await bench.pull()
            var started: [Int] = []
            var received = 0
            for event in bench.events {
                if case .started(let files, let bytes) = event { started += [files, bytes] }
                if case .received(let bytes) = event { received += bytes }
            }
            let bytes = 25_500 + 3_300 + HubRepository.tiny["config.json"]!.content.count
            #expect(started == [3, bytes])
            #expect(received == bytes)
        }
    }

    @Test(arguments: [
        HubFault.drop(after: 500), .drop(after: 0), .status(503), .status(500),
        .status(429, [("Retry-After", "0")]), .length(150), .drip(7), .wholeFile, .status(403),
    ])
    func faultsThatPassAreWaitedOut(_ fault: HubFault) async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", fault, times: 3)
            let path = try await bench.pull()
            #expect(bench.content(path + "/model.safetensors") == HubRepository.weights)
            #expect(!bench.files.contains { $0.hasSuffix(".incomplete") })
        }
    }

    @Test func aServerWithoutRangesSendsAll() async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", .wholeFile, times: 2)
            bench.server.fail("/blobs/", .drop(after: 20_000))
            let path = try await bench.pull()
            #expect(bench.content(path + "/model.safetensors") == HubRepository.weights)
        }
    }

    @Test func theTokenStaysWithTheHub() async throws {
        try await HubBench.with { bench in
            try await bench.pull(token: "hf_secret")
            for request in bench.server.requests {
                #expect(
                    request.authorization == (request.host == .hub ? "Bearer hf_secret" : nil))
            }
            #expect(bench.server.requests.contains { $0.host == .storage })
        }
    }

    @Test func anInterruptedDownloadGoesOn() async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", .status(503), times: 100)
            bench.server.fail("/nothing", .status(503))
            let partial =
                bench.repository.blob(HubRepository.tiny["model.safetensors"]!.tag)
                + ".incomplete"
            // What an earlier download left.
            try FileSystem.createFolder("\(bench.repository.path)/blobs")
            try OutputFile(at: partial).append(Array(HubRepository.weights.prefix(10_250)))
            #expect(try await bench.failure().code == .serverFailed)
            #expect(bench.content(partial)?.count == 10_250)
            #expect(try bench.repository.commits() == [])
        }
        try await HubBench.with { bench in
            let partial =
                bench.repository.blob(HubRepository.tiny["model.safetensors"]!.tag)
                + ".incomplete"
            try FileSystem.createFolder("\(bench.repository.path)/blobs")
            try OutputFile(at: partial).append(Array(HubRepository.weights.prefix(10_250)))
            let path = try await bench.pull()
            #expect(bench.content(path + "/model.safetensors") == HubRepository.weights)
            let storage = bench.server.requests.filter { $0.host == .storage }
            #expect(storage.first?.range == "bytes=10250-11249")
            #expect(storage.count == 16)
        }
    }

    @Test func whatWasLeftIsNotTrusted() async throws {
        try await HubBench.with { bench in
            let partial =
                bench.repository.blob(HubRepository.tiny["model.safetensors"]!.tag)
                + ".incomplete"
            try FileSystem.createFolder("\(bench.repository.path)/blobs")
            try OutputFile(at: partial).append([UInt8](repeating: 7, count: 10_000))
            #expect(try await bench.failure().code == .wrongChecksum)
            #expect(!bench.files.contains { $0.contains(".incomplete") })
            try await bench.pull()
        }
    }

    @Test func twoAtOnceDownloadOnce() async throws {
        try await HubBench.with { bench in
            let other = HubBench(server: bench.server, cache: bench.cache)
            bench.server.fail("/blobs/", .hold(after: 300))
            async let first = bench.pull()
            while !bench.server.isHolding { try await Task.sleep(for: .milliseconds(1)) }
            async let second = other.pull()
            while !other.isWaiting { try await Task.sleep(for: .milliseconds(1)) }
            bench.server.release()
            #expect(try await first == second)
            let storage = bench.server.requests.filter { $0.host == .storage }
            #expect(storage.count == 26)
        }
    }
}

extension HubBench {
    /// Whether a download waits for another.
    fileprivate var isWaiting: Bool {
        events.contains { event in
            if case .waiting = event { true } else { false }
        }
    }
}
