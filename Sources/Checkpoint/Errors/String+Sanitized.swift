extension String {
  /// The text with control, bidirectional and line-break characters escaped, and cut when longer
  /// than 300 scalars: names and paths come from files that anyone may have written.
  public var sanitized: String {
    var result = ""
    for (index, scalar) in unicodeScalars.enumerated() {
      guard index < 300 else { return result + "…" }
      if scalar.isHarmless {
        result.unicodeScalars.append(scalar)
      } else {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return result
  }

  /// `sanitized`, between quotation marks.
  var quoted: String { "\"\(sanitized)\"" }
}

extension Unicode.Scalar {
  fileprivate var isHarmless: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      false
    default: true
    }
  }
}
