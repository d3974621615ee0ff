import BoraCore

/// Why no token could be sampled.
package struct SamplingError: DescribedError, Equatable {
    package enum Code: Hashable, Sendable {
        /// A parameter lies outside its range, told in words.
        case parameterOutOfRange(name: String, value: String, allowed: String)
        /// The model computed a logit that is not a number, or plus infinity.
        case invalidLogit(token: Int32, value: Float)
        /// Every token is ruled out: all logits are minus infinity, or there are none.
        case noCandidates
    }

    package let code: Code

    package init(_ code: Code) { self.code = code }

    package var category: ErrorCategory {
        switch code {
        case .parameterOutOfRange: .invalidInput
        case .invalidLogit, .noCandidates: .system
        }
    }

    package var identifier: String {
        switch code {
        case .parameterOutOfRange: "sampling.parameter-out-of-range"
        case .invalidLogit: "sampling.invalid-logit"
        case .noCandidates: "sampling.no-candidates"
        }
    }

    package var description: String {
        switch code {
        case .parameterOutOfRange(let name, let value, let allowed):
            "\(name) is \(value); it must be \(allowed)"
        case .invalidLogit(let token, let value):
            """
            the model's logit of token \(token) is \(value): its weights are damaged or its \
            arithmetic overflowed; --dtype f32 tells which
            """
        case .noCandidates:
            "the model's logits rule out every token; --dtype f32 tells if arithmetic is at fault"
        }
    }
}
