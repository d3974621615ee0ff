/// What BERT does to text: drops what is invisible, sets Chinese characters apart, and, as the
/// model says, drops accents and capitals.
struct BERTNormalization: Sendable {
    /// Whose reading of the rules counts: they differ in details, and a vocabulary's ids with them.
    enum Dialect: Sendable {
        case huggingFace
        /// llama.cpp's, which decomposes a character into its first part alone, drops all marks,
        /// keeps unassigned code points and drops U+FFFD and controls in any case.
        case llamaCpp
    }

    var cleansText = true
    var separatesChinese = true
    var stripsAccents = true
    var lowercases = true
    var dialect = Dialect.huggingFace

    func normalize(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { add(scalar, to: &output) }
        var result = String(output)
        if dialect == .huggingFace {
            if stripsAccents {
                let decomposed = UnicodeNormalization.shared.normalize(result, to: .nfd)
                result = String(
                    String.UnicodeScalarView(
                        decomposed.unicodeScalars.lazy.filter {
                            $0.properties.generalCategory != .nonspacingMark
                        }))
            }
        }
        return lowercases ? Normalizer.lowercase(result) : result
    }

    private func add(_ scalar: Unicode.Scalar, to output: inout String.UnicodeScalarView) {
        var scalar = scalar
        if dialect == .llamaCpp, stripsAccents {
            scalar = UnicodeNormalization.shared.decomposition(of: scalar)[0]
        }
        if cleansText {
            if isSpace(scalar) {
                output.append(" ")
                return
            }
            if scalar == "\u{FFFD}" || isInvisible(scalar) { return }
        }
        if dialect == .llamaCpp, stripsAccents, scalar.isMark { return }
        if separatesChinese, scalar.isChinese {
            output.append(" ")
            output.append(scalar)
            output.append(" ")
        } else {
            output.append(scalar)
        }
    }

    private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        guard dialect == .huggingFace else { return scalar.properties.isWhitespace }
        // Other controls are dropped, though some are white space.
        return "\t\n\r".unicodeScalars.contains(scalar)
            || scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
    }

    private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isOther
            || dialect == .huggingFace && scalar.properties.generalCategory == .unassigned
    }
}
