/// Numbers as people read them, with their units.
enum Figure {
  /// `12345.678` with `decimals` digits after the point.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-inf" : "inf" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 1e18 else { return "\(value)" }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    if decimals == 0 { return sign + padded }
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  /// `1,234,567`.
  static func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// Bytes in KiB, MiB or GiB.
  static func bytes(_ value: Int) -> String {
    switch value {
    case ..<(1 << 20): fixed(Double(value) / 0x1p10, 1) + " KiB"
    case ..<(1 << 30): fixed(Double(value) / 0x1p20, 2) + " MiB"
    default: fixed(Double(value) / 0x1p30, 2) + " GiB"
    }
  }

  /// A count in millions or billions.
  static func count(_ value: Int) -> String {
    switch value {
    case ..<1_000_000: grouped(value)
    case ..<1_000_000_000: fixed(Double(value) / 1e6, 2) + " M"
    default: fixed(Double(value) / 1e9, 3) + " B"
    }
  }

  /// A share in percent.
  static func percent(_ share: Double, _ decimals: Int = 1) -> String {
    fixed(100 * share, decimals) + " %"
  }
}
