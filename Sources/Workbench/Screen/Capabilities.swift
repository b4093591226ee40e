/// How many colours a terminal shows.
public enum ColorDepth: String, CaseIterable, Codable, Sendable, Comparable {
  case mono
  case sixteen = "16"
  case palette = "256"

  /// Whether `left` shows fewer colours.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .mono: 0
    case .sixteen: 1
    case .palette: 2
    }
  }
}

/// What a terminal can show; rendering adapts to it.
public struct Capabilities: Hashable, Sendable {
  /// Colours.
  public var colors: ColorDepth
  /// Whether characters beyond ASCII are drawn.
  public var unicode: Bool

  /// What a terminal can show.
  public init(colors: ColorDepth, unicode: Bool) {
    self.colors = colors
    self.unicode = unicode
  }
}
