extension Edit {
  /// Reads an edit as typed on the command line or after `:`.
  ///
  /// - Throws: `EditError.syntax` that names the word and what should stand there.
  public init(parsing text: String) throws(EditError) {
    var words = Words(text)
    var action = try Self.action(&words)
    if case .calibrate = action {
      self.init(action, .all)
    } else {
      let subject = try Self.subject(&words, for: action)
      var selection = try Self.selection(of: subject, &words)
      if subject == .all, case .keep = action { selection = .everything }
      try action.readOptions(&words)
      self.init(action, subject, selection)
    }
    guard words.isAtEnd else { throw words.unexpectedFront("the end of the edit") }
  }

  private static func action(_ words: inout Words) throws(EditError) -> Action {
    let verbs =
      "one of drop, keep, bits, sparsify, neurons, merge, split, calibrate"
    switch try words.next(verbs).lowercased() {
    case "drop": return .drop
    case "keep": return .keep
    case "bits":
      let allowed = "16 (as stored), 8, 6, 5, 4, 3 or 2"
      guard let bits = Int(try words.next(allowed)),
        bits == PrecisionRequest.stored || Quantization.allowedBits.contains(bits)
      else { throw words.unexpected(allowed) }
      return .bits(PrecisionRequest(bits: bits))
    case "sparsify": return .sparsify(try sparsity(&words))
    case "neurons": return .neurons(NeuronRequest(try neurons(&words)))
    case "merge": return .merge(.average)
    case "split": return .split
    case "calibrate":
      let orders = CalibrationOrder.allCases.map(\.rawValue).joined(separator: " or ")
      guard let order = CalibrationOrder(rawValue: try words.next(orders).lowercased()) else {
        throw words.unexpected(orders)
      }
      return .calibrate(order)
    default: throw words.unexpected(verbs)
    }
  }

  private static func subject(
    _ words: inout Words, for action: Action
  ) throws(EditError) -> Subject {
    let choices = Subject.allCases.filter(action.fits)
    let expected = "one of " + choices.map(\.rawValue).joined(separator: ", ")
    let word = try words.next(expected).lowercased()
    let plurals = ["expert": "experts", "blocks": "block", "linears": "linear"]
    guard let subject = Subject(rawValue: plurals[word] ?? word), action.fits(subject) else {
      throw words.unexpected(expected)
    }
    return subject
  }

  private static func selection(
    of subject: Subject, _ words: inout Words
  ) throws(EditError) -> Selection {
    if subject.addressing == .none { return .everything }
    if words.skip("where") {
      guard subject.addressing != .linears else {
        throw words.unexpected("an address such as 3.5.down or 3.q")
      }
      return .rule(try Rule.parse(&words))
    }
    guard let front = words.peek, front.first?.isNumber == true else {
      // Dropping everything of a kind without saying so is never what a slip of the hand meant.
      guard subject.addressing != .linears else {
        throw words.unexpectedFront("an address such as 3.5.down or 3.q")
      }
      return .everything
    }
    switch subject.addressing {
    case .experts: return .experts(try list(&words, Self.expertRange))
    case .blocks: return .blocks(try list(&words, Self.blockRange))
    case .linears, .none: return .linears(try list(&words, Self.linear))
    }
  }

  private static func list<Item>(
    _ words: inout Words, _ item: (inout Words) throws(EditError) -> Item
  ) throws(EditError) -> [Item] {
    var items = [try item(&words)]
    while words.skip(",") { items.append(try item(&words)) }
    return items
  }

  private static func expertRange(_ words: inout Words) throws(EditError) -> ExpertRange {
    let expected = "an expert such as 3.5, 3.5..9 or 3.* (all of block 3)"
    let word = try words.next(expected)
    guard let dot = word.firstIndex(of: "."), let block = Int(word[..<dot]), block >= 0 else {
      throw words.unexpected(expected)
    }
    let experts = word[word.index(after: dot)...]
    if experts == "*" { return ExpertRange(block: block, experts: nil) }
    guard let range = indexRange(experts, repeating: word[...dot]) else {
      throw words.unexpected(expected)
    }
    return ExpertRange(block: block, experts: range)
  }

  private static func blockRange(_ words: inout Words) throws(EditError) -> ClosedRange<Int> {
    let expected = "a block such as 3, or blocks such as 4..11"
    guard let range = indexRange(try words.next(expected), repeating: "") else {
      throw words.unexpected(expected)
    }
    return range
  }

  /// `5`, `5..9`, or with the prefix said again, `5..3.9`.
  private static func indexRange(
    _ text: Substring, repeating prefix: Substring
  ) -> ClosedRange<Int>? {
    guard let dots = text.firstRange(of: "..") else {
      return Int(text).flatMap { $0 >= 0 ? $0...$0 : nil }
    }
    var end = text[dots.upperBound...]
    if end.hasPrefix(prefix) { end = end.dropFirst(prefix.count) }
    guard let low = Int(text[..<dots.lowerBound]), let high = Int(end), 0 <= low, low <= high else {
      return nil
    }
    return low...high
  }

  private static func linear(_ words: inout Words) throws(EditError) -> LinearID {
    let expected = "a linear such as 3.5.down, 3.q, 3.shared.up or 0.dense.gate"
    guard let id = LinearID(parsing: try words.next(expected)) else {
      throw words.unexpected(expected)
    }
    return id
  }
}

extension LinearID {
  /// Reads `3.q`, `3.5.down`, `3.shared.up` or `0.dense.gate`; `nil` for anything else.
  public init?(parsing text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let block = parts.first.flatMap({ Int($0) }), block >= 0 else { return nil }
    if parts.count == 2, let kind = AttentionLinear(rawValue: String(parts[1])) {
      self = .attention(block: block, kind)
      return
    }
    guard parts.count == 3, let kind = FeedForwardLinear(rawValue: String(parts[2])) else {
      return nil
    }
    switch parts[1] {
    case "shared": self = .shared(block: block, kind)
    case "dense": self = .dense(block: block, kind)
    default:
      guard let expert = Int(parts[1]), expert >= 0 else { return nil }
      self = .expert(ExpertID(block: block, expert: expert), kind)
    }
  }
}
