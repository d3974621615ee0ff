import BoraChatTemplates
import BoraCore

extension JSONValue {
    /// The value as templates compute with it.
    var templateValue: Value {
        switch self {
        case .null: .none
        case .bool(let truth): .boolean(truth)
        case .integer(let number): .integer(number)
        case .number(let number): .float(number)
        case .string(let text): .string(text)
        case .array(let elements): .list(elements.map(\.templateValue))
        case .object(let object):
            .dictionary(
                ValueDictionary(object.members.map { ($0.key, $0.value.templateValue) }))
        }
    }
}
