/// Names and values, one a line, the values in one column.
struct FactList {
  private var facts: [(name: String, value: String)] = []

  /// Adds a line.
  mutating func add(_ name: String, _ value: String) { facts.append((name, value)) }

  /// The lines, each led by `indent` blanks.
  func text(indent: Int = 0) -> String {
    let width = facts.map(\.name.count).max() ?? 0
    return facts.map { name, value in
      String(repeating: " ", count: indent) + name
        + String(repeating: " ", count: width - name.count + 2) + value
    }.joined(separator: "\n")
  }
}
