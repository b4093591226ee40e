import TerminalUI
import Workbench

/// The theme files of the repository, as every test of them sees them.
enum ShippedThemes {
  static let folder: String = {
    let tests = #filePath.split(separator: "/").dropLast(2)
    return "/" + tests.dropLast().joined(separator: "/") + "/themes"
  }()

  static let library = ThemeLibrary.load(folders: [folder])

  /// Those with colours.
  static let colored = library.themes.filter { $0.kind != .mono }

  /// The heat ramp as palette indices, least to most.
  static func heat(_ theme: Theme, depth: ColorDepth) -> [Int] {
    (0..<UInt8(Paint.heatLevels)).map { level in
      Int(theme.resolve(Style(on: .heat(level)), depth: depth).background)
    }
  }

  /// Foreground and background a style is drawn with.
  static func colors(_ theme: Theme, _ style: Style, depth: ColorDepth = .palette) -> (RGB, RGB) {
    let look = theme.resolve(style, depth: depth)
    return (XtermPalette.colors[Int(look.foreground)], XtermPalette.colors[Int(look.background)])
  }

  /// Contrast of a style's character to its cell.
  static func contrast(_ theme: Theme, _ style: Style, depth: ColorDepth = .palette) -> Double {
    let (front, back) = colors(theme, style, depth: depth)
    return front.contrast(to: back)
  }
}
