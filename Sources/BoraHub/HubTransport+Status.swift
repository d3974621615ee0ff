extension HubTransport {
    /// Throws what a status other than success means.
    func check(_ answer: Answer, about subject: Subject) throws {
        let code = answer.code
        guard !(200..<300).contains(code) else { return }
        let host = answer.address.host ?? ""
        let isElsewhere = !answer.address.hasOrigin(of: endpoint)
        switch code {
        case 400..<500 where isElsewhere && code != 408 && code != 429:
            // The hub knows the file; where it keeps it now, only it can say.
            throw Outage(
                .serverFailed, subject.description,
                "\(host), where the hub keeps the file, does not give it (status \(code))")
        case 401, 403: throw refusal(answer, about: subject)
        case 404, 410: throw absence(answer, about: subject)
        case 408, 429, 500...599:
            throw Outage(
                .serverFailed, subject.description,
                code == 429
                    ? "\(host) gets too many requests from here"
                    : "\(host) is out of order (status \(code))",
                remedy: code == 429 ? "Try again later, or with a token" : "Try again later",
                delay: answer.header("Retry-After").flatMap { Int($0) }
                    .flatMap { $0 >= 0 ? .seconds($0) : nil })
        default:
            throw HubError(
                .invalidAnswer, subject.description, "\(host) answers with status \(code)")
        }
    }

    /// How to say who asks.
    private static let tokenRemedy = "--token, HF_TOKEN or the file `token` in HF_HOME"

    private func refusal(_ answer: Answer, about subject: Subject) -> HubError {
        let id = subject.id.repository
        let reason = answer.header("X-Error-Code")
        if reason == "GatedRepo" {
            let asked = "its owner wants to know who uses it: ask for access at \(endpoint)/\(id)"
            return HubError(
                .gated, subject.description,
                token == nil
                    ? "\(asked), then give your token with \(Self.tokenRemedy)"
                    : "\(asked); the token that was given has none")
        }
        return HubError(
            .unauthorized, subject.description,
            token == nil
                ? "there is no such model, or it is private. If it is yours, give a token with "
                    + Self.tokenRemedy
                : "there is no such model, or the token that was given does not open it "
                    + "(status \(answer.code)). See what it is allowed at "
                    + "\(endpoint)/settings/tokens"
        )
    }

    private func absence(_ answer: Answer, about subject: Subject) -> HubError {
        let revision = subject.id.revision ?? HubID.mainBranch
        switch (answer.header("X-Error-Code"), subject.file) {
        case ("RevisionNotFound", _):
            return HubError(
                .revisionNotFound, subject.description,
                "the model \(subject.id.repository) has no revision '\(revision)'")
        case (_, .some(let file)):
            return HubError(
                .fileNotFound, subject.description,
                "the model \(subject.id.repository) has no file '\(file)' at revision "
                    + "'\(revision)'")
        case (_, nil):
            return HubError(
                .modelNotFound, subject.description,
                "\(endpoint) has no model \(subject.id.repository) with a revision '\(revision)'. "
                    + "Check the spelling")
        }
    }
}
