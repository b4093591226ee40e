/// Numbers as a person reads them, on the screen and on paper.
public enum Figure {
  /// What stands where there is no number.
  public static let missing = "–"

  /// `value` with a fixed number of decimals.
  public static func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return missing }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let digits = "\(Int(scaled))"
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "−" : ""
    return places == 0
      ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// `value` with three significant digits, decimals only as far as they are significant.
  public static func significant(_ value: Double) -> String {
    let size = value.magnitude
    guard value.isFinite, size != 0 else { return value == 0 ? "0" : missing }
    guard size < 99_999.5, size >= 0.00001 else { return scientific(value) }
    var places = 2
    var limit = 9.995
    while size >= limit, places > 0 {
      places -= 1
      limit *= 10
    }
    if places == 2 {
      limit = 0.9995
      while size < limit, places < 7 {
        places += 1
        limit /= 10
      }
    }
    return fixed(value, places)
  }

  /// A perplexity: two decimals while they fit.
  public static func perplexity(_ value: Double) -> String {
    value < 99.995 ? fixed(value, 2) : significant(value)
  }

  /// `value` in at most five characters, for table columns of figures around 1.
  public static func short(_ value: Double) -> String {
    switch value.magnitude {
    case 0.0005..<9.9995, 0: fixed(value, 3)
    case 9.9995..<99.95: fixed(value, 1)
    case ..<0.0005: "~0"
    default: value.isFinite ? "big" : missing
    }
  }

  /// A change: always with its sign, also where the digits shown are zeros.
  public static func signed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return missing }
    return (value < 0 ? "−" : "+") + fixed(value.magnitude, places)
  }

  /// A share as a percentage with one decimal.
  public static func percent(_ share: Double, _ places: Int = 1) -> String {
    fixed(share * 100, places) + " %"
  }

  /// A large count: `950`, `10.2k`, `16.8M`, `6.9G`.
  public static func count(_ value: Double) -> String {
    scaled(value, by: 1000, units: ["", "k", "M", "G", "T"])
  }

  /// Bytes in KiB, MiB, GiB.
  public static func bytes(_ value: Int) -> String {
    scaled(Double(value), by: 1024, units: [" B", " KiB", " MiB", " GiB", " TiB"])
  }

  /// A duration, in the unit that says enough.
  public static func duration(seconds: Double) -> String {
    switch seconds {
    case ..<0: missing
    case ..<9.95: fixed(seconds, 1) + " s"
    case ..<99.5: fixed(seconds, 0) + " s"
    case ..<5970: fixed(seconds / 60, 0) + " min"
    case ..<360_000: fixed(seconds / 3600, 1) + " h"
    default: seconds.isFinite ? fixed(seconds / 86_400, 0) + " days" : missing
    }
  }

  /// How long ago something was; coarse, so that the screen need not change every second.
  public static func age(milliseconds: Int) -> String {
    switch milliseconds {
    case ..<60_000: "just now"
    case ..<3_600_000: "\(milliseconds / 60_000) min ago"
    case ..<172_800_000: "\(milliseconds / 3_600_000) h ago"
    default: "\(milliseconds / 86_400_000) days ago"
    }
  }

  private static func scaled(_ value: Double, by factor: Double, units: [String]) -> String {
    guard value.isFinite else { return missing }
    var value = value
    var unit = 0
    while value.magnitude >= factor - 0.5, unit < units.count - 1 {
      value /= factor
      unit += 1
    }
    if unit == 0 { return fixed(value, 0) + units[0] }
    let places = value.magnitude < 9.995 ? 2 : value.magnitude < 99.95 ? 1 : 0
    return fixed(value, places) + units[unit]
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = 0
    var mantissa = value
    while mantissa.magnitude >= 9.995 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa.magnitude < 0.9995 {
      mantissa *= 10
      exponent -= 1
    }
    return fixed(mantissa, 2) + "e\(exponent)"
  }
}
