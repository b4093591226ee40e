extension Unicode.Scalar {
  /// The scalar that may stand in a cell: itself, or `?` for what is not exactly one column wide,
  /// steers the terminal, or is written from right to left.
  ///
  /// Text from outside (names, paths, engine messages) reaches the screen only through here. What
  /// passes is a list, not what is left after exclusions: unknown is unsafe.
  func cell(unicode: Bool) -> Unicode.Scalar {
    if value >= 0x20 && value < 0x7F { return self }
    if !unicode { return asciiTwin }
    switch value {
    case 0xAD: return "?"
    case 0xA1...0x2FF, 0x370...0x482, 0x48A...0x58F, 0x1E00...0x1FFF, 0x2010...0x2027,
      0x2030...0x205E, 0x20A0...0x20BF, 0x2100...0x214F, 0x2190...0x2211, 0x2213...0x22FF,
      0x2212, 0x2500...0x25FC, 0x25FF, 0x2800...0x28FF:
      return self
    default: return "?"
    }
  }

  /// What stands for the scalar on a terminal without UTF-8.
  private var asciiTwin: Unicode.Scalar {
    switch self {
    case "×": "x"
    case "−", "–", "─": "-"
    case "…", "·": "."
    case "│": "|"
    case "→", "▸": ">"
    case "←": "<"
    case "↑": "^"
    case "↓": "v"
    case "●": "*"
    case "○": "o"
    case "◆": "#"
    case "┤", "└": "+"
    default: "?"
    }
  }
}
