/// The bytes of a character of UTF-8, by its first.
func lengthOfCharacter(_ lead: UInt8) -> Int {
    switch lead {
    case ..<0xC0: 1
    case ..<0xE0: 2
    case ..<0xF0: 3
    default: 4
    }
}
