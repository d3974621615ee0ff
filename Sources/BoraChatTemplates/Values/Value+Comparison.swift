/// Equality, hashing and order as Python defines them.
extension Value: Hashable {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): true
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.sequence(let left), .sequence(let right)):
            left.comparisonKind == right.comparisonKind && left.elements == right.elements
        case (.dictionary(let left), .dictionary(let right)):
            left.count == right.count
                && left.entries.allSatisfy { key, value in right[key] == value }
        case (.markup(let left), .markup(let right)): left.utf8.elementsEqual(right.utf8)
        case (.function(let left), .function(let right)): left == right
        case (.method(let left, let leftName), .method(let right, let rightName)):
            leftName == rightName && left == right
        case (.object(let left), .object(let right)): left == right
        default: numbersAreEqual(left, right)
        }
    }

    private static func numbersAreEqual(_ left: Value, _ right: Value) -> Bool {
        if let left = left.asInteger, let right = right.asInteger { return left == right }
        guard let left = left.asDouble, let right = right.asDouble else { return false }
        return left == right
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text), .markup(let text):
            for byte in text.utf8 { hasher.combine(byte) }
        case .sequence(let sequence): hasher.combine(sequence.elements)
        case .dictionary(let dictionary): hasher.combine(dictionary.count)
        case .function(let name), .method(_, let name): hasher.combine(name)
        case .object(let reference): hasher.combine(reference)
        default: hasher.combine(asDouble)  // 1, 1.0 and true are equal
        }
    }

    /// Whether Python would take the value as a key.
    var isHashable: Bool {
        switch self {
        case .dictionary: false
        case .sequence(let sequence):
            switch sequence.kind {
            case .tuple, .group: sequence.elements.allSatisfy(\.isHashable)
            case .range: true
            case .list, .keys, .values, .items: false
            }
        default: true
        }
    }

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .boolean(let truth): truth
        case .integer(let number): number != 0
        case .float(let number): number != 0
        case .string(let text), .markup(let text): !text.isEmpty
        case .sequence(let sequence): !sequence.elements.isEmpty
        case .dictionary(let dictionary): dictionary.count > 0
        case .function, .method, .object: true
        }
    }

    /// Whether `left` comes before `right`.
    static func precedes(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.undefined(let what), _), (_, .undefined(let what)):
            throw TemplateError(.undefined, what)
        case (.string(let left), .string(let right)):
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.sequence(let leftSequence), .sequence(let rightSequence))
        where leftSequence.comparisonKind == rightSequence.comparisonKind
            && leftSequence.isIndexable && leftSequence.kind != .range:
            for (left, right) in zip(leftSequence.elements, rightSequence.elements)
            where left != right {
                return try precedes(left, right)
            }
            return leftSequence.elements.count < rightSequence.elements.count
        default:
            if let left = left.asInteger, let right = right.asInteger { return left < right }
            guard let leftNumber = left.asDouble, let rightNumber = right.asDouble else {
                throw TemplateError(
                    .type, "cannot order '\(left.typeName)' and '\(right.typeName)'")
            }
            return leftNumber < rightNumber
        }
    }
}

extension ValueSequence {
    fileprivate var comparisonKind: Kind { kind == .group ? .tuple : kind }
}
