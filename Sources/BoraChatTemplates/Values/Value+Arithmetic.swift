import Glibc

/// Python's arithmetic. Integers have 64 bits here; a result that needs more is an error.
extension Value {
    /// The number as an integer, when it is one; truth values count as 0 and 1.
    var asInteger: Int? {
        switch self {
        case .integer(let number): number
        case .boolean(let truth): truth ? 1 : 0
        default: nil
        }
    }

    var asDouble: Double? {
        if case .float(let number) = self { return number }
        return asInteger.map(Double.init)
    }

    static func apply(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) throws(TemplateError) -> Value {
        for case .undefined(let what) in [left, right] {
            throw TemplateError(.undefined, what)
        }
        if let result = combineContainers(operation, left, right) { return result }
        if operation != .divide, let left = left.asInteger, let right = right.asInteger,
            operation != .power || right >= 0
        {
            return .integer(try integer(operation, left, right))
        }
        guard let leftNumber = left.asDouble, let rightNumber = right.asDouble else {
            throw TemplateError(
                .type,
                "'\(operation.rawValue)' does not apply to '\(left.typeName)' and "
                    + "'\(right.typeName)'")
        }
        return .float(try double(operation, leftNumber, rightNumber))
    }

    private static func combineContainers(
        _ operation: BinaryOperator, _ left: Value, _ right: Value
    ) -> Value? {
        switch (operation, left, right) {
        case (.add, .string(let left), .string(let right)): return .string(left + right)
        case (.add, .sequence(let left), .sequence(let right))
        where left.kind == right.kind && (left.kind == .list || left.kind == .tuple):
            return .sequence(ValueSequence(left.kind, left.elements + right.elements))
        case (.multiply, _, _):
            if let count = right.asInteger { return left.repeated(count) }
            if let count = left.asInteger { return right.repeated(count) }
            return nil
        default: return nil
        }
    }

    private func repeated(_ count: Int) -> Value? {
        switch self {
        case .string(let text): return .string(String(repeating: text, count: max(count, 0)))
        case .sequence(let sequence) where sequence.kind == .list || sequence.kind == .tuple:
            let copies = repeatElement(sequence.elements, count: max(count, 0))
            return .sequence(ValueSequence(sequence.kind, Array(copies.joined())))
        default: return nil
        }
    }

    private static func integer(
        _ operation: BinaryOperator, _ left: Int, _ right: Int
    ) throws(TemplateError) -> Int {
        let (result, overflow): (Int, Bool)
        switch operation {
        case .add: (result, overflow) = left.addingReportingOverflow(right)
        case .subtract: (result, overflow) = left.subtractingReportingOverflow(right)
        case .multiply: (result, overflow) = left.multipliedReportingOverflow(by: right)
        case .power: return try power(left, right)
        case .divide, .floorDivide, .remainder:
            guard right != 0 else { throw TemplateError(.value, "division by zero") }
            guard right != -1 else {
                return operation == .remainder ? 0 : try integer(.multiply, left, -1)
            }
            let (quotient, rest) = left.quotientAndRemainder(dividingBy: right)
            let isRounded = rest != 0 && (rest < 0) != (right < 0)
            if operation == .remainder { return isRounded ? rest + right : rest }
            return isRounded ? quotient - 1 : quotient
        }
        guard !overflow else { throw tooLarge }
        return result
    }

    private static func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> Int {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent.isMultiple(of: 2) ? 1 : -1 }
        var result = 1
        for _ in 0..<min(exponent, 64) { result = try integer(.multiply, result, base) }
        return result
    }

    private static func double(
        _ operation: BinaryOperator, _ left: Double, _ right: Double
    ) throws(TemplateError) -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .power:
            guard left != 0 || right >= 0 else {
                throw TemplateError(.value, "0 cannot be raised to a negative power")
            }
            let result = pow(left, right)
            guard result.isFinite || !left.isFinite || !right.isFinite else { throw tooLarge }
            return result
        case .divide, .floorDivide, .remainder:
            guard right != 0 else { throw TemplateError(.value, "division by zero") }
            if operation == .divide { return left / right }
            let rest = fmod(left, right)
            let remainder = rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
            return operation == .remainder ? remainder : ((left - remainder) / right).rounded()
        }
    }

    private static var tooLarge: TemplateError { TemplateError(.limit, "the number is too large") }

    func negated() throws(TemplateError) -> Value {
        switch self {
        case .float(let number): .float(-number)
        case .undefined(let what): throw TemplateError(.undefined, what)
        default:
            try Self.apply(.subtract, .integer(0), self)
        }
    }
}
