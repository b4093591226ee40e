extension Rule {
  /// Reads a rule such as `load < 0.5x and not (block in 0..3 or reap > 2)`.
  ///
  /// - Throws: `EditError.syntax` that names the word and what should stand there.
  public init(parsing text: String) throws(EditError) {
    var words = Words(text)
    self = try Rule.parse(&words)
    guard words.isAtEnd else { throw words.unexpectedFront("\"and\", \"or\" or the end") }
  }

  static func parse(_ words: inout Words) throws(EditError) -> Rule {
    var rule = try conjunction(&words)
    while words.skip("or") { rule = .or(rule, try conjunction(&words)) }
    return rule
  }

  private static func conjunction(_ words: inout Words) throws(EditError) -> Rule {
    var rule = try factor(&words)
    while words.skip("and") { rule = .and(rule, try factor(&words)) }
    return rule
  }

  private static func factor(_ words: inout Words) throws(EditError) -> Rule {
    if words.skip("not") { return .not(try factor(&words)) }
    if words.skip("(") {
      let rule = try parse(&words)
      guard words.skip(")") else { throw words.unexpectedFront("\")\"") }
      return rule
    }
    return try condition(&words)
  }

  private static func condition(_ words: inout Words) throws(EditError) -> Rule {
    let names = Field.allCases.map(\.rawValue).joined(separator: ", ")
    let word = try words.next("a field (\(names))")
    guard let field = Field(rawValue: word.lowercased()) else {
      throw words.unexpected("a field (\(names))")
    }
    if words.skip("in") { return .within(field, try range(&words)) }
    let sign = try words.next("<, <=, >, >=, =, != or \"in\"")
    guard let comparison = Comparison(rawValue: sign == "==" ? "=" : String(sign)) else {
      throw words.unexpected("<, <=, >, >=, =, != or \"in\"")
    }
    return .compare(field, comparison, try threshold(of: field, &words))
  }

  private static func threshold(
    of field: Field, _ words: inout Words
  ) throws(EditError) -> Threshold {
    let word = try words.next("a number")
    let timesUniform = word.hasSuffix("x")
    guard let value = Double(timesUniform ? word.dropLast() : word), value.isFinite else {
      throw words.unexpected("a number")
    }
    guard !timesUniform || field.isShare else {
      throw words.unexpected("a plain number (only load and mass count in multiples of uniform)")
    }
    return Threshold(value: value, timesUniform: timesUniform)
  }

  private static func range(_ words: inout Words) throws(EditError) -> ClosedRange<Double> {
    let word = try words.next("a range such as 4..11")
    guard let dots = word.firstRange(of: ".."),
      let low = Double(word[..<dots.lowerBound]), let high = Double(word[dots.upperBound...]),
      low <= high
    else { throw words.unexpected("a range such as 4..11") }
    return low...high
  }
}
