/// A row of HellaSwag, prepared as lm-evaluation-harness does.
///
/// The activity stands before the context, WikiHow's `[title]` becomes a full stop, its other brackets
/// are left out. Data: Zellers and others, 1905.07830.
struct HellaSwagRow: Decodable {
  private var activity: String
  private var contextStart: String
  private var contextEnd: String
  private var endings: [String]
  private var label: TaskItem.Answer

  private enum CodingKeys: String, CodingKey {
    case endings, label
    case activity = "activity_label"
    case contextStart = "ctx_a"
    case contextEnd = "ctx_b"
  }

  /// The question it asks; without an answer where the row has no label.
  var item: TaskItem {
    let context = "\(activity): \(contextStart) \(Self.capitalized(contextEnd))"
    return TaskItem(
      context: Self.prepared(context), choices: endings.map(Self.prepared), answer: answer)
  }

  /// The label's number, which the two published forms of the file write differently.
  private var answer: TaskItem.Answer? {
    switch label {
    case .index: label
    case .text(let text): Int(text).map { .index($0) }
    }
  }

  /// The first letter large and all others small, as Python's `capitalize` has it.
  private static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    let rest = String(text.unicodeScalars.dropFirst())
    return first.properties.titlecaseMapping + rest.lowercased()
  }

  private static func prepared(_ text: String) -> String {
    withoutBrackets(text.trimmingBlanks.replacing(" [title]", with: ". "))
      .replacing("  ", with: " ")
  }

  /// Leaves out each `[` with what follows up to the next `]` of its line.
  private static func withoutBrackets(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "[") {
      let inside = rest[open...].dropFirst()
      guard let end = inside.firstIndex(where: { $0 == "]" || $0 == "\n" }), inside[end] == "]"
      else {
        result += rest[...open]
        rest = inside
        continue
      }
      result += rest[..<open]
      rest = rest[end...].dropFirst()
    }
    return result + rest
  }
}

extension String {
  /// Without white space at both ends, as Python's `strip` has it.
  fileprivate var trimmingBlanks: String {
    let scalars = unicodeScalars
    let start = scalars.firstIndex { !$0.isPythonSpace } ?? scalars.endIndex
    let end = scalars.lastIndex { !$0.isPythonSpace }.map(scalars.index(after:)) ?? start
    return String(scalars[start..<end])
  }
}

extension Unicode.Scalar {
  /// What Python's `str.isspace` holds for: white space, and four separators of ASCII.
  var isPythonSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }
}
