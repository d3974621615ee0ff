import BoraCore
import BoraHub
import HubServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct HubFailureTests {
    @Test func aDamagedFileIsThrownAway() async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", .damage)
            let error = try await bench.failure()
            #expect(error.code == .wrongChecksum)
            #expect(error.subject == "owner/tiny, model.safetensors")
            let tag = HubRepository.tiny["model.safetensors"]!.tag
            #expect(!bench.files.contains { $0.contains("blobs/\(tag)") })
            #expect(try bench.repository.commits() == [])
            try await bench.pull()
        }
    }

    @Test func aDamagedSmallFileIsThrownAway() async throws {
        try await HubBench.with { bench in
            bench.server.fail("/config.json", on: .hub, .damage)
            let error = try await bench.failure()
            #expect(error.subject == "owner/tiny, config.json")
        }
    }

    @Test(arguments: [
        (HubFault.length(1_500), HubError.Code.wrongSize), (.tag("\"other\""), .changed),
    ])
    func anotherFileThanAnnouncedIsThrownAway(_ fault: HubFault, _ code: HubError.Code) async throws
    {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", .drip(50))
            bench.server.fail("/blobs/", fault)
            let error = try await bench.failure()
            #expect(error.code == code)
            let tag = HubRepository.tiny["model.safetensors"]!.tag
            #expect(!bench.files.contains { $0.contains("blobs/\(tag)") })
        }
    }

    @Test(arguments: [HubFault.status(502), .drop(after: 0), .hold(after: 0)])
    func faultsThatLastAreErrors(_ fault: HubFault) async throws {
        try await HubBench.with { bench in
            bench.server.fail("/blobs/", fault, times: 100)
            var limits = HubBench.limits
            limits.idleTimeout = .milliseconds(50)
            let error = try await bench.failure(limits: limits)
            #expect([.unreachable, .serverFailed].contains(error.code))
            #expect(try bench.repository.commits() == [])
        }
    }

    @Test func aStrangerIsToldHowToGiveAToken() async throws {
        var repository = HubRepository.tiny
        repository.token = "hf_mine"
        try await HubBench.with(repository) { bench in
            let stranger = try await bench.failure()
            #expect(stranger.code == .unauthorized)
            #expect(stranger.explanation.contains("HF_TOKEN"))
            #expect(try await bench.failure(token: "hf_other").code == .modelNotFound)
            try await bench.pull(token: "hf_mine")
        }
    }

    @Test func aGatedModelSaysWhereToAsk() async throws {
        var repository = HubRepository.tiny
        repository.gate = "hf_mine"
        try await HubBench.with(repository) { bench in
            let error = try await bench.failure()
            #expect(error.code == .gated)
            #expect(error.explanation.contains("\(bench.server.address())/owner/tiny"))
            #expect(try await bench.failure(token: "hf_other").code == .gated)
            try await bench.pull(token: "hf_mine")
        }
    }

    @Test func whatIsNotThereIsNamed() async throws {
        try await HubBench.with { bench in
            let model = try await bench.failure("owner/other", token: "hf_any")
            #expect(model.code == .modelNotFound)
            #expect(model.description.contains("owner/other"))
            let revision = try await bench.failure("owner/tiny@v9")
            #expect(revision.code == .revisionNotFound)
            #expect(revision.description.contains("v9"))
            let choice = try await bench.failure("owner/tiny:Q4_K_M")
            #expect(choice.code == .noModel)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"sha\": \"main\", \"siblings\": []}",
        "{\"sha\": \"\(HubRepository.tiny.commit)\"}",
        "{\"sha\": \"\(HubRepository.tiny.commit)\", \"siblings\": [{}]}",
        "{\"sha\": \"\(HubRepository.tiny.commit)\", \"siblings\": [{\"rfilename\": \"../x\"}]}",
    ])
    func aListingThatIsNoneIsRefused(_ text: String) {
        #expect(throws: HubError.self) {
            try RepositoryListing(parsing: Array(text.utf8), name: "owner/tiny")
        }
    }

    @Test func aDiskTooSmallIsFoundOutBefore() async throws {
        var repository = HubRepository.tiny
        for index in repository.files.indices where repository.files[index].isLarge {
            repository.files[index].announcedBytes = 1 << 49
        }
        try await HubBench.with(repository) { bench in
            let error = try await bench.failure()
            #expect(error.code == .noSpace)
            #expect(!bench.server.requests.contains { $0.host == .storage })
        }
    }

    @Test func anEndlessRedirectionEnds() async throws {
        try await HubBench.with { bench in
            bench.server.fail(
                "/api/", on: .hub, .status(302, [("Location", "/api/models/owner/tiny")]),
                times: 100)
            let error = try await bench.failure()
            #expect(error.code == .invalidAnswer)
        }
    }
}
