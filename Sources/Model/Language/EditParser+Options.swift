extension Edit.Action {
  /// Whether it can be done to things of a kind.
  func fits(_ subject: Subject) -> Bool {
    switch self {
    case .drop: subject.isTrimmable
    case .keep: subject.isTrimmable || subject == .all
    case .bits, .sparsify: subject != .moe
    case .neurons: [.experts, .shared, .dense].contains(subject)
    case .merge, .split: subject == .experts
    case .calibrate: subject == .all
    }
  }

  /// Reads what may follow the things an action is about.
  mutating func readOptions(_ words: inout Words) throws(EditError) {
    switch self {
    case .bits(var request):
      try request.readOptions(&words)
      self = .bits(request)
    case .sparsify(var sparsity?):
      if words.skip("method") { sparsity.method = try words.choice() }
      self = .sparsify(sparsity)
    case .neurons(var request):
      request.refit = words.skip("refit")
      self = .neurons(request)
    case .merge:
      if words.skip("method") { self = .merge(try words.choice()) }
    case .drop, .keep, .sparsify(nil), .split, .calibrate: break
    }
  }
}

extension Edit {
  /// `0.5`, `50%`, `2:4`, `4:8`, or `0` for no zeros.
  static func sparsity(_ words: inout Words) throws(EditError) -> Sparsity? {
    let expected = "a share such as 0.5 or 50%, 2:4, 4:8, or 0 for none"
    let word = try words.next(expected)
    if let pattern = SparsityPattern.allowedSemiStructured.first(where: {
      $0.description == word
    }) {
      return Sparsity(pattern, .magnitude)
    }
    guard let percent = percent(word), percent < 100 else { throw words.unexpected(expected) }
    return percent == 0 ? nil : Sparsity(.unstructured(percent / 100), .magnitude)
  }

  /// `512`, `50%` or `0.5`.
  static func neurons(_ words: inout Words) throws(EditError) -> NeuronRequest.Amount {
    let expected = "a number of neurons such as 512, or a share such as 50%"
    let word = try words.next(expected)
    if let count = Int(word), count > 0 { return .count(count) }
    guard let percent = percent(word), percent > 0, percent <= 100 else {
      throw words.unexpected(expected)
    }
    return .percent(percent)
  }

  /// Percent that `50%` or `0.5` stand for, not below 0.
  private static func percent(_ word: Substring) -> Double? {
    let isPercent = word.hasSuffix("%")
    guard let number = Double(isPercent ? word.dropLast() : word), number >= 0, number.isFinite
    else { return nil }
    return isPercent ? number : 100 * number
  }
}

extension PrecisionRequest {
  fileprivate mutating func readOptions(_ words: inout Words) throws(EditError) {
    while let word = words.peek?.lowercased() {
      switch word {
      case "group":
        _ = words.skip(word)
        let allowed = "32, 64, 128 or channel"
        let size = try words.next(allowed)
        guard let found = GroupSize.allowed.first(where: { $0.description == size.lowercased() })
        else { throw words.unexpected(allowed) }
        group = found
      case "symmetric", "asymmetric":
        _ = words.skip(word)
        symmetric = word == "symmetric"
      case "method":
        _ = words.skip(word)
        method = try words.choice()
      case "act-order": actOrder = words.skip(word)
      case "clip": clipping = words.skip(word)
      case "activations":
        _ = words.skip(word)
        guard try words.next("8").description == "8" else { throw words.unexpected("8") }
        activationBits = 8
      default:
        throw words.unexpectedFront(
          "group, symmetric, asymmetric, method, act-order, clip or activations")
      }
    }
    guard !actOrder || method == .gptq else {
      throw words.problem(found: "act-order", expected: "method gptq, which alone has an order")
    }
  }
}

extension Words {
  /// Takes the word at the front, one of an enumeration's.
  fileprivate mutating func choice<Choice>() throws(EditError) -> Choice
  where Choice: CaseIterable & RawRepresentable, Choice.RawValue == String {
    let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    guard let choice = Choice(rawValue: try next(expected).lowercased()) else {
      throw unexpected(expected)
    }
    return choice
  }
}
