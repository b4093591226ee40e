import Model

/// What a recipe was told, `key=value` by `key=value`, each key known to the recipe.
struct RecipeArguments: Sendable, CustomStringConvertible {
  private var values: [(key: String, value: String)]

  /// Reads words such as `ratio=25%`; keys that are not told take the recipe's standard.
  init(_ words: ArraySlice<Substring>, of recipe: Recipe) throws(RecipeError) {
    values = recipe.parameters.map { ($0.key, $0.standard) }
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(parts[0])
      guard parts.count == 2, let index = values.firstIndex(where: { $0.key == key }) else {
        throw .unknownKey(key, recipe: recipe.name, known: recipe.parameters.map(\.key))
      }
      values[index].value = String(parts[1])
    }
  }

  /// ` key=value` for each key.
  var description: String { values.map { " \($0.key)=\($0.value)" }.joined() }

  /// The text told for a key; the recipe has such a key.
  func text(_ key: String) -> String { values.first { $0.key == key }?.value ?? "" }

  /// A whole number within bounds.
  func integer(_ key: String, _ range: ClosedRange<Int>) throws(RecipeError) -> Int {
    guard let value = Int(text(key)), range.contains(value) else {
      throw .value(
        text(key), key: key,
        expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A seed.
  func seed() throws(RecipeError) -> UInt64 {
    guard let value = UInt64(text("seed")) else {
      throw .value(text("seed"), key: "seed", expected: "a whole number that is not negative")
    }
    return value
  }

  /// A share above 0 and below 1, as `25%` or `0.25`.
  func share(_ key: String) throws(RecipeError) -> Double {
    let word = text(key)
    let isPercent = word.hasSuffix("%")
    guard let number = Double(isPercent ? String(word.dropLast()) : word) else {
      throw .value(word, key: key, expected: "a share such as 25% or 0.25")
    }
    let share = isPercent ? number / 100 : number
    guard share > 0, share < 1 else {
      throw .value(word, key: key, expected: "a share above 0 % and below 100 %")
    }
    return share
  }

  /// Bits that a plan may name.
  func bits(_ key: String) throws(RecipeError) -> Int {
    guard let bits = Int(text(key)),
      bits == PrecisionRequest.stored || Quantization.allowedBits.contains(bits)
    else {
      throw .value(text(key), key: key, expected: "16 (as stored), 8, 6, 5, 4, 3 or 2")
    }
    return bits
  }

  /// One of an enumeration's values.
  func choice<Choice>(_ key: String) throws(RecipeError) -> Choice
  where Choice: CaseIterable & RawRepresentable, Choice.RawValue == String {
    guard let choice = Choice(rawValue: text(key)) else {
      throw .value(
        text(key), key: key,
        expected: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  /// The method of quantisation, as the edit language wants it.
  func method() throws(RecipeError) -> String {
    let method: QuantizationMethod = try choice("method")
    return method == .roundToNearest ? "" : " method \(method.rawValue)"
  }
}

extension Recipe.Parameter {
  static let method = Recipe.Parameter(
    key: "method", standard: "rtn", explanation: "rtn, hqq, gptq or awq")
  static let seed = Recipe.Parameter(key: "seed", standard: "0", explanation: "seed of the draw")

  static func high(_ bits: Int = 4) -> Recipe.Parameter {
    Recipe.Parameter(key: "high", standard: "\(bits)", explanation: "bits of what is favoured")
  }

  static let low = Recipe.Parameter(
    key: "low", standard: "2", explanation: "bits of everything else")

  static func count(_ standard: Int, of what: String) -> Recipe.Parameter {
    Recipe.Parameter(key: "count", standard: "\(standard)", explanation: "how many \(what)")
  }
}
