/// The marks and styles of a terminal with given capabilities: one place for every fall-back.
struct Look {
  let capabilities: Capabilities
  /// `±`, or what stands for it.
  let plusMinus: String
  private let sparks: [Unicode.Scalar]
  private let densities: [Unicode.Scalar]
  private let eighths: [Unicode.Scalar]

  /// The marks and styles that a terminal can show.
  init(_ capabilities: Capabilities) {
    self.capabilities = capabilities
    let unicode = capabilities.unicode
    plusMinus = unicode ? "±" : "+-"
    sparks = Array((unicode ? "▁▂▃▄▅▆▇█" : "_.-:=+*#").unicodeScalars)
    densities = Array((unicode ? "··░░▒▒▓▓█" : ".:-=+*#%@").unicodeScalars)
    eighths = Array((unicode ? "▏▎▍▌▋▊▉█" : "#").unicodeScalars)
  }

  /// Whether values can be shown as colours behind the text.
  var hasHeat: Bool { capabilities.colors == .palette }

  func spark(_ level: UInt8) -> Unicode.Scalar {
    level == HeatMap.none ? " " : sparks[min(Int(level), sparks.count - 1)]
  }

  /// A character as dark as a shade, where colours cannot show it.
  func density(_ level: UInt8) -> Unicode.Scalar {
    level == HeatMap.none ? " " : densities[min(Int(level), densities.count - 1)]
  }

  /// A shade of the ramp behind text; the theme picks the ink that can be read on it.
  func heat(_ level: UInt8) -> Style {
    guard level != HeatMap.none, hasHeat else { return Style(.text) }
    return Style(.role(level >= 4 ? .inkOnLight : .inkOnDark), on: .heat(level))
  }

  /// The cursor, and what shares its line.
  var cursor: Style { Style(.role(.inkOnLight), on: .role(.cursor), .bold) }

  /// Background of a selected range on ordinary text.
  var selection: Style { Style(.role(.text), on: .role(.selection), .bold) }

  /// What is dropped.
  var dropped: Style { Style(.role(.dropped), on: .role(.dropped)) }

  /// The view that is open.
  var openTab: Style { Style(.role(.inkOnLight), on: .role(.accent), .bold) }

  /// Tabs and footer.
  var bar: Style { Style(.role(.text), on: .role(.bar)) }
  var barMuted: Style { Style(.role(.muted), on: .role(.bar)) }
  var barAccent: Style { Style(.role(.accent), on: .role(.bar), .bold) }

  /// A bar of `width` cells filled to `share`.
  func gauge(_ share: Double, width: Int) -> String {
    guard width > 0 else { return "" }
    let steps = eighths.count
    let share = share.isFinite ? min(max(share, 0), 1) : 0
    let filled = Int((share * Double(width * steps)).rounded())
    var text = String.UnicodeScalarView(
      repeatElement(eighths[steps - 1], count: filled / steps))
    if filled % steps > 0 { text.append(eighths[filled % steps - 1]) }
    return String(text)
  }
}
