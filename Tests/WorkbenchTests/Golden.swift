import Foundation
import Testing

@testable import Workbench

/// Screens kept as text files: what stands in the cells, then how it looks.
///
/// `LATHE_UPDATE_GOLDENS=1` writes them anew; a person then reads the difference.
enum Golden {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Goldens")
  private static let updates = ProcessInfo.processInfo.environment["LATHE_UPDATE_GOLDENS"] == "1"

  /// Compares a screen with the file of that name.
  static func check(
    _ screen: Screen, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appending(path: "\(name).txt")
    let text = text(of: screen)
    if updates {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
      return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    guard expected != text else { return }
    let lines = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let now = text.split(separator: "\n", omittingEmptySubsequences: false)
    let first = zip(lines, now).enumerated().first { $1.0 != $1.1 }
    Issue.record(
      """
      \(name) differs from its golden, first in line \(first.map { $0.offset + 1 } ?? now.count):
      was: \(first?.element.0 ?? "")
      now: \(first?.element.1 ?? "")
      \(text)
      """, sourceLocation: sourceLocation)
  }

  /// The rows' characters, then their styles as letters, then what the letters mean.
  static func text(of screen: Screen) -> String {
    var letters: [Style: Character] = [Style(.text): ".", Style(): " "]
    var legend: [String] = []
    var rows: [String] = []
    for row in 0..<screen.size.rows {
      var line = ""
      for column in 0..<screen.size.columns {
        let style = screen[column, row].style
        let letter = letters[style] ?? alphabet[min(legend.count, alphabet.count - 1)]
        if letters[style] == nil {
          letters[style] = letter
          legend.append("\(letter) \(name(style))")
        }
        line.append(letter)
      }
      rows.append(line)
    }
    let text = (0..<screen.size.rows).map { "|" + screen.text(row: $0) }
    return (text + ["", "styles (. is text)"] + rows.map { "|" + $0 } + legend.sorted())
      .joined(separator: "\n") + "\n"
  }

  private static let alphabet = Array(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+,-/:;<=>?@^_~")

  private static func name(_ style: Style) -> String {
    var name = name(style.foreground)
    if style.background != .plain { name += " on \(self.name(style.background))" }
    let attributes: [(Attributes, String)] = [
      (.bold, "bold"), (.dim, "dim"), (.underline, "underline"), (.reverse, "reverse"),
    ]
    for (attribute, word) in attributes where style.attributes.contains(attribute) {
      name += " \(word)"
    }
    return name
  }

  private static func name(_ paint: Paint) -> String {
    switch paint {
    case .plain: "plain"
    case .role(let role): role.rawValue
    case .heat(let level): "heat\(level)"
    }
  }
}
