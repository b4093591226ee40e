/// One of the tensors that together hold a weight.
public struct StoredPart: Hashable, Sendable {
  /// What a part holds.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// The weights themselves, or their codes.
    case codes
    /// What codes are multiplied with.
    case scales
    /// The codes that stand for 0.
    case zeroPoints
    /// The group of each input, where groups are not runs of neighbours.
    case inputGroups
    /// The weight's shape.
    case shape
  }

  /// What it holds.
  public var kind: Kind
  /// What its name has in the place of the weight's last part, `weight`; `nil` where it has the
  /// weight's own name.
  public var ending: String?
  /// The type of its elements.
  public var type: StoredType
  /// Its shape in the file.
  public var shape: [Int]

  init(_ kind: Kind, _ ending: String?, _ type: StoredType, _ shape: [Int]) {
    self.kind = kind
    self.ending = ending
    self.type = type
    self.shape = shape
  }

  /// Codes under the weight's own name.
  init(_ type: StoredType, _ shape: [Int]) { self.init(.codes, nil, type, shape) }

  /// Bytes it takes in the file.
  public var bytes: Int { shape.reduce(type.byteCount, *) }

  /// Its name, when it is a part of the weight called `weight`: `q_proj.qweight` of
  /// `q_proj.weight`, `down_proj_blocks` of `down_proj`.
  public func name(in weight: String) -> String {
    ending.map { Self.name(of: weight, ending: $0) } ?? weight
  }

  /// The name of the part with such an ending of the weight called `weight`.
  public static func name(of weight: String, ending: String) -> String {
    let last = "weight"
    return (weight.hasSuffix("." + last) ? String(weight.dropLast(last.count)) : weight) + ending
  }
}
