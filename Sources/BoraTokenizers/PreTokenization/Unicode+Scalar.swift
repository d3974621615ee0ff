/// Classes of characters by their general category, as tokenizers use them.
extension Unicode.Scalar {
    /// `\p{N}`.
    var isNumber: Bool {
        switch properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }

    /// `\d`.
    var isDigit: Bool { properties.generalCategory == .decimalNumber }

    /// `\p{M}`.
    var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// `\p{P}`.
    var isPunctuation: Bool {
        switch properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            true
        default: false
        }
    }

    /// `\p{C}` without unassigned code points.
    var isOther: Bool {
        switch properties.generalCategory {
        case .control, .format, .privateUse, .surrogate: true
        default: false
        }
    }

    /// `\w` of Unicode's UTS #18.
    var isWordCharacter: Bool {
        properties.isAlphabetic || isMark || isDigit || properties.isJoinControl
            || properties.generalCategory == .connectorPunctuation
    }

    /// A Chinese character as BERT counts them. The fourth range from the end begins late in
    /// Hugging Face's code, and models were trained so.
    var isChinese: Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
