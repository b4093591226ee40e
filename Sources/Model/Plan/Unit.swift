/// Something Expert Trimming can remove; written as an edit names it: `experts 3.5`, `block 12`.
public enum Unit: Hashable, Sendable {
  case expert(ExpertID)
  case moe(block: Int)
  case attention(block: Int)
  case block(Int)

  /// The block it belongs to.
  public var block: Int {
    switch self {
    case .expert(let id): id.block
    case .moe(let block), .attention(let block), .block(let block): block
    }
  }
}

extension Unit: LosslessStringConvertible {
  /// Reads what `description` writes.
  public init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2 else { return nil }
    let numbers = words[1].split(separator: ".", omittingEmptySubsequences: false)
      .map { Int($0) ?? -1 }
    guard numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    switch (words[0], numbers.count) {
    case ("experts", 2): self = .expert(ExpertID(block: numbers[0], expert: numbers[1]))
    case ("moe", 1): self = .moe(block: numbers[0])
    case ("attention", 1): self = .attention(block: numbers[0])
    case ("block", 1): self = .block(numbers[0])
    default: return nil
    }
  }

  /// `experts 3.5`, `moe 3`, `attention 3` or `block 3`.
  public var description: String {
    switch self {
    case .expert(let id): "experts \(id)"
    case .moe(let block): "moe \(block)"
    case .attention(let block): "attention \(block)"
    case .block(let block): "block \(block)"
    }
  }
}

extension Unit: Codable {
  /// Reads the text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let unit = Unit(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is nothing that can be dropped")
    }
    self = unit
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
