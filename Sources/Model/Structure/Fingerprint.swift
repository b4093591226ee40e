/// The identity of a checkpoint, a text or a plan: a 128-bit FNV-1a hash, printed as 32 hex digits.
///
/// It tells honest mistakes apart (another model, an edited text); it does not resist forgery.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
  private static let offsetBasis: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
  private static let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013B

  private var state: UInt128

  /// The fingerprint of nothing; `combine` adds to it.
  public init() { state = Self.offsetBasis }

  /// The fingerprint of a text's UTF-8 bytes.
  public init(of text: String) {
    self.init()
    combine(text)
  }

  /// The fingerprint that these 32 hex digits write; `nil` for anything else.
  public init?(hexDigits text: String) {
    guard text.utf8.count == 32, let state = UInt128(text, radix: 16) else { return nil }
    self.state = state
  }

  /// Adds bytes, in order.
  public mutating func combine(bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt128(byte)) &* Self.prime }
  }

  /// Adds a text and an end mark, so that ("ab", "c") and ("a", "bc") differ.
  public mutating func combine(_ text: String) {
    combine(bytes: text.utf8)
    combine(bytes: CollectionOfOne(0xFF))
  }

  /// Adds an integer.
  public mutating func combine(_ number: Int) {
    for shift in stride(from: 0, to: 64, by: 8) {
      combine(bytes: CollectionOfOne(UInt8(truncatingIfNeeded: number >> shift)))
    }
  }

  /// 32 hex digits.
  public var description: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// The first 8 hex digits, enough to tell a person's files apart.
  public var short: String { String(description.prefix(8)) }
}

extension Fingerprint: Codable {
  /// Reads 32 hex digits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let fingerprint = Fingerprint(hexDigits: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a fingerprint is 32 hex digits, not \"\(text)\"")
    }
    self = fingerprint
  }

  /// Writes 32 hex digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
