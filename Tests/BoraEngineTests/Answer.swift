import BoraEngine
import BoraLoading
import BoraSampling

/// All events of a request, put together.
struct Answer {
    var tokens: [Int32] = []
    var logits: [Float] = []
    var reason: FinishReason?
    var usage: Usage?
}

extension TokenStream {
    /// Reads to the end; cancels after `limit` tokens, and reads on.
    func answer(
        tokens limit: Int = .max, pause: (_ token: Int) async -> Void = { _ in }
    ) async throws -> Answer {
        var answer = Answer()
        if limit == 0 { cancel() }
        for try await event in self {
            switch event {
            case .token(let sample):
                answer.tokens.append(sample.token)
                if answer.tokens.count == limit { cancel() }
                await pause(answer.tokens.count)
            case .logits(let rows): answer.logits += rows.values
            case .finished(let reason, let usage):
                answer.reason = reason
                answer.usage = usage
            }
        }
        return answer
    }
}

/// What a hash model that sees the last `sight` tokens continues a prompt with when the likeliest
/// token is taken each time.
func continuation(of prompt: [Int32], _ count: Int, sight: Int = .max) -> [Int32] {
    var tokens = prompt
    for _ in 0..<count {
        let logits = HashModel.logits(after: tokens.suffix(sight))
        let best = logits.indices.max { (logits[$0], -$0) < (logits[$1], -$1) }!
        tokens.append(Int32(best))
    }
    return Array(tokens[prompt.count...])
}
