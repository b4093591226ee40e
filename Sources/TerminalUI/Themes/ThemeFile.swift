import TOMLKit
import Workbench

/// Reads a theme from TOML.
///
/// ```toml
/// name = "lathe-dark"
/// kind = "dark"                  # or light; a mono theme ends after `about`
/// about = "One line for the list"
/// background = 234               # the terminal's own when left out
///
/// [roles]                        # every role of `Paint.Role`
/// text = "#d0d0d0"               # a colour: "#rrggbb" or an index of xterm's 256
/// accent = { color = 222, sixteen = 11, bold = true }   # also dim, underline, reverse
/// bar = { color = 250, behind = 237, behind_sixteen = 8 }
///
/// [heat]                         # least to most, exactly `Paint.heatLevels` each
/// palette = [17, 53, 89, 125, 167, 202, 214, 221, 229]
/// sixteen = [0, 4, 1, 5, 9, 13, 3, 11, 15]
/// ```
///
/// `sixteen` is the index 0...15 used where only 16 colours are available; without it the nearest
/// is taken. `behind` is the colour of a role used as background; without it that is `color`.
/// Which ink a cell takes (`inkOnLight`, `inkOnDark`) follows from contrast.
package struct ThemeFile {
  /// What messages call the file.
  package let name: String

  package init(name: String) { self.name = name }

  package func theme(from text: String) throws(ThemeError) -> Theme {
    let table = try parse(text)
    // TOMLKit's tables and values point into the document, which `table` keeps.
    return try withExtendedLifetime(table) { () throws(ThemeError) in try theme(in: table) }
  }

  private func parse(_ text: String) throws(ThemeError) -> TOMLTable {
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw .notTOML(file: name, line: error.source.begin.line, reason: error.description)
    } catch {
      throw .notTOML(file: name, line: 1, reason: "\(error)")
    }
  }

  private func theme(in table: TOMLTable) throws(ThemeError) -> Theme {
    let title = try string(table, "name")
    let kind = try kind(table)
    let about = try table["about"] == nil ? "" : string(table, "about")
    let plainKeys: Set = ["name", "kind", "about"]
    guard kind != .mono else {
      try refuseUnknown(table, plainKeys, in: "")
      return Theme(name: title, kind: kind, about: about, nil)
    }
    try refuseUnknown(table, plainKeys.union(["background", "roles", "heat"]), in: "")
    return Theme(name: title, kind: kind, about: about, try description(table))
  }

  private func description(_ table: TOMLTable) throws(ThemeError) -> ThemeDescription {
    let heat = try subtable(table, "heat")
    try refuseUnknown(heat, ["palette", "sixteen"], in: "heat.")
    return ThemeDescription(
      background: try table["background"].map { value throws(ThemeError) in
        try shade(value, key: "background", known: ["color", "sixteen"])
      },
      roles: try roles(subtable(table, "roles")),
      heat: try ramp(heat, "palette") { value, key throws(ThemeError) in try color(value, key: key)
      },
      heatSixteen: try ramp(heat, "sixteen") { value, key throws(ThemeError) in
        try ansi(value, key: key)
      })
  }

  private func roles(_ table: TOMLTable) throws(ThemeError) -> [Paint.Role: RoleLook] {
    try refuseUnknown(table, Set(Paint.Role.allCases.map(\.rawValue)), in: "roles.")
    var looks: [Paint.Role: RoleLook] = [:]
    for role in Paint.Role.allCases {
      let key = "roles.\(role.rawValue)"
      guard let value = table[role.rawValue] else { throw .missing(file: name, key: key) }
      looks[role] = try look(value, key: key)
    }
    return looks
  }

  private func look(
    _ value: any TOMLValueConvertible, key: String
  ) throws(ThemeError) -> RoleLook {
    let emphasis: [(String, Attributes)] = [
      ("bold", .bold), ("dim", .dim), ("underline", .underline), ("reverse", .reverse),
    ]
    let shadeKeys: Set = ["color", "sixteen", "behind", "behind_sixteen"]
    let color = try shade(value, key: key, known: shadeKeys.union(emphasis.map(\.0)))
    var look = RoleLook(color: color, behind: color)
    guard let table = value.table else { return look }
    if table["behind"] != nil || table["behind_sixteen"] != nil {
      look.behind = try shade(table, color: "behind", sixteen: "behind_sixteen", key: key)
    }
    for (word, attribute) in emphasis where try isOn(table, word, key: key) {
      look.attributes.insert(attribute)
    }
    return look
  }

  /// A colour by itself, or a table with `color` and perhaps `sixteen`.
  private func shade(
    _ value: any TOMLValueConvertible, key: String, known: Set<String>
  ) throws(ThemeError) -> Shade {
    guard let table = value.table else { return Shade(color: try color(value, key: key)) }
    try refuseUnknown(table, known, in: "\(key).")
    return try shade(table, color: "color", sixteen: "sixteen", key: key)
  }

  private func shade(
    _ table: TOMLTable, color colorWord: String, sixteen sixteenWord: String, key: String
  ) throws(ThemeError) -> Shade {
    guard let value = table[colorWord] else {
      throw .missing(file: name, key: "\(key).\(colorWord)")
    }
    var shade = Shade(color: try color(value, key: "\(key).\(colorWord)"))
    if let value = table[sixteenWord] {
      shade.sixteen = try ansi(value, key: "\(key).\(sixteenWord)")
    }
    return shade
  }

  private func isOn(
    _ table: TOMLTable, _ word: String, key: String
  ) throws(ThemeError) -> Bool {
    guard let value = table[word] else { return false }
    guard let isOn = value.bool else {
      throw .badValue(file: name, key: "\(key).\(word)", expected: "true or false")
    }
    return isOn
  }
}

// MARK: Values

extension ThemeFile {
  private func kind(_ table: TOMLTable) throws(ThemeError) -> Theme.Kind {
    let text = try string(table, "kind")
    guard let kind = Theme.Kind(rawValue: text) else {
      throw .badValue(file: name, key: "kind", expected: "dark, light or mono")
    }
    return kind
  }

  private func string(_ table: TOMLTable, _ key: String) throws(ThemeError) -> String {
    guard let value = table[key] else { throw .missing(file: name, key: key) }
    guard let text = value.string, !text.isEmpty else {
      throw .badValue(file: name, key: key, expected: "a text")
    }
    return text
  }

  private func subtable(_ table: TOMLTable, _ key: String) throws(ThemeError) -> TOMLTable {
    guard let value = table[key] else { throw .missing(file: name, key: key) }
    guard let table = value.table else {
      throw .badValue(file: name, key: key, expected: "a table")
    }
    return table
  }

  private func ramp<Shade>(
    _ table: TOMLTable, _ word: String,
    _ shade: (any TOMLValueConvertible, String) throws(ThemeError) -> Shade
  ) throws(ThemeError) -> [Shade] {
    let key = "heat.\(word)"
    guard let value = table[word] else { throw .missing(file: name, key: key) }
    guard let array = value.array else {
      throw .badValue(file: name, key: key, expected: "a list of colours")
    }
    guard array.count == Paint.heatLevels else {
      throw .wrongCount(file: name, key: key, count: array.count)
    }
    var shades: [Shade] = []
    for index in 0..<array.count { shades.append(try shade(array[index], "\(key)[\(index)]")) }
    return shades
  }

  private func color(
    _ value: any TOMLValueConvertible, key: String
  ) throws(ThemeError) -> ThemeColor {
    if let index = value.int, (0..<256).contains(index) { return .index(index) }
    if let text = value.string, let color = RGB(hexadecimal: text) { return .rgb(color) }
    throw .badValue(file: name, key: key, expected: "a colour: \"#rrggbb\" or an index 0...255")
  }

  private func ansi(_ value: any TOMLValueConvertible, key: String) throws(ThemeError) -> Int {
    guard let index = value.int, (0..<16).contains(index) else {
      throw .badValue(file: name, key: key, expected: "an index 0...15")
    }
    return index
  }

  private func refuseUnknown(
    _ table: TOMLTable, _ known: Set<String>, in prefix: String
  ) throws(ThemeError) {
    let unknown = table.keys.filter { !known.contains($0) }.min()
    if let unknown { throw .unknownKey(file: name, key: prefix + unknown) }
  }
}

extension RGB {
  /// A colour written as "#rrggbb".
  init?(hexadecimal text: String) {
    let digits = text.utf8.dropFirst()
    guard text.utf8.first == UInt8(ascii: "#"), digits.count == 6,
      digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(text.dropFirst(), radix: 16)
    else { return nil }
    self.init(
      red: UInt8(value >> 16), green: UInt8(value >> 8 & 0xff), blue: UInt8(value & 0xff))
  }
}
