/// A JSON value as it stands in a file: integers apart from other numbers, keys in order.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A key of an object, with its value.
  struct Member: Equatable, Sendable {
    var key: String
    var value: JSONValue
  }

  /// The value of an object's key; the last one where a key stands twice, as Python reads it.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The text, if it is one.
  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The integer, if it is one.
  var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The truth value, if it is one.
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The elements, if it is an array.
  var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

  /// The members, if it is an object.
  var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// What it is, for a message.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "\"\(text)\""
    case .array: "a list"
    case .object: "an object"
    }
  }
}
