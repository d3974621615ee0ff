import NIOHTTP1
import Synchronization

extension HubServer {
    /// The answer to a request, with the fault that is due.
    func answer(_ head: HTTPRequestHead, on host: Host) -> HubAnswer {
        let path = String(head.uri.prefix { $0 != "?" }.replacing("%2F", with: "/"))
        let authorization = head.headers.first(name: "Authorization")
        let range = head.headers.first(name: "Range")
        let fault = state.withLock { state -> HubFault? in
            state.requests.append(
                Request(
                    host: host, method: head.method.rawValue, path: path, range: range,
                    authorization: authorization))
            let index = state.faults.firstIndex {
                $0.host == host && path.contains($0.part) && head.method != .HEAD
            }
            return index.map { state.faults.remove(at: $0).fault }
        }
        if case .status(let code, let headers) = fault {
            return HubAnswer(status: code, headers: headers)
        }
        var isRangeGiven = true
        if case .wholeFile = fault { isRangeGiven = false }
        let wanted = isRangeGiven ? range : nil
        var answer =
            host == .hub
            ? hubAnswer(path, wanted, token: authorization) : storageAnswer(path, wanted)
        switch fault {
        case .drop(let count): answer.ending = .drop(after: count)
        case .hold(let count): answer.ending = .hold(after: count)
        case .damage: answer.body[answer.body.count / 2] ^= 1
        case .length(let count):
            answer.body = Array((answer.body + answer.body).prefix(count))
        case .tag(let tag):
            answer.headers = answer.headers.filter { $0.0 != "ETag" } + [("ETag", tag)]
        case .drip(let count): answer.pieceBytes = count
        case .status, .wholeFile, nil: break
        }
        return answer
    }

    private func storageAnswer(_ path: String, _ range: String?) -> HubAnswer {
        let tag = String(path.dropFirst("/blobs/".count))
        guard let content = state.withLock({ $0.blobs[tag] }) else { return HubAnswer(status: 404) }
        return Self.file(content, range, [("ETag", "\"storage-\(tag.prefix(8))\"")])
    }

    private func hubAnswer(_ path: String, _ range: String?, token: String?) -> HubAnswer {
        let parts = path.split(separator: "/").map(String.init)
        let isListing = parts.starts(with: ["api", "models"])
        let names = isListing ? Array(parts.dropFirst(2)) : parts
        guard names.count >= 4, names[2] == (isListing ? "revision" : "resolve") else {
            return HubAnswer(status: 404)
        }
        let id = names[0] + "/" + names[1]
        guard let repository = state.withLock({ $0.repositories[id] }),
            repository.token == nil || token == repository.token.map({ "Bearer \($0)" })
        else {
            // The hub does not tell strangers which private models there are.
            return HubAnswer(
                status: token == nil ? 401 : 404, headers: [("X-Error-Code", "RepoNotFound")])
        }
        if isListing {
            return listing(of: repository, at: names[3...].joined(separator: "/"))
        }
        guard repository.gate == nil || token == repository.gate.map({ "Bearer \($0)" }) else {
            return HubAnswer(status: 403, headers: [("X-Error-Code", "GatedRepo")])
        }
        return resolve(names[4...].joined(separator: "/"), of: repository, at: names[3], range)
    }

    private func listing(of repository: HubRepository, at revision: String) -> HubAnswer {
        guard (repository.revisions + [repository.commit]).contains(revision) else {
            return HubAnswer(status: 404, headers: [("X-Error-Code", "RevisionNotFound")])
        }
        let siblings = repository.files.map { "{\"rfilename\": \"\($0.name)\"}" }
        let text =
            "{\"id\": \"\(repository.id)\", \"sha\": \"\(repository.commit)\", \"siblings\": ["
            + siblings.joined(separator: ", ") + "]}"
        return HubAnswer(
            headers: [("Content-Type", "application/json")], body: Array(text.utf8))
    }

    private func resolve(
        _ name: String, of repository: HubRepository, at revision: String, _ range: String?
    ) -> HubAnswer {
        guard (repository.revisions + [repository.commit]).contains(revision) else {
            return HubAnswer(status: 404, headers: [("X-Error-Code", "RevisionNotFound")])
        }
        guard let file = repository[name] else {
            return HubAnswer(status: 404, headers: [("X-Error-Code", "EntryNotFound")])
        }
        let commit = [("X-Repo-Commit", repository.commit)]
        guard file.isLarge else {
            return Self.file(file.content, range, commit + [("ETag", "\"\(file.tag)\"")])
        }
        return HubAnswer(
            status: 302,
            headers: commit + [
                ("Location", "\(address(.storage))/blobs/\(file.tag)?signature=1"),
                ("X-Linked-Etag", "\"\(file.tag)\""),
                ("X-Linked-Size", "\(file.announcedBytes ?? file.content.count)"),
            ])
    }

    /// A file, or the range of it that was asked for.
    private static func file(
        _ content: [UInt8], _ range: String?, _ headers: [(String, String)]
    ) -> HubAnswer {
        guard let match = range?.wholeMatch(of: /bytes=([0-9]+)-([0-9]+)/),
            let first = Int(match.1), let last = Int(match.2)
        else { return HubAnswer(headers: headers, body: content) }
        guard first <= last, first < content.count else { return HubAnswer(status: 416) }
        let end = min(last, content.count - 1)
        return HubAnswer(
            status: 206,
            headers: headers + [("Content-Range", "bytes \(first)-\(end)/\(content.count)")],
            body: Array(content[first...end]))
    }
}
