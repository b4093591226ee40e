/// xterm's 256 colours: 16 that people redefine, a 6×6×6 cube and 24 greys.
package enum XtermPalette {
  /// What xterm shows for each index unless a person changed the first 16.
  package static let colors: [RGB] = ansi + cube + greys

  private static let labs: [Lab] = colors.map { Lab($0) }

  /// Relative luminance of each index; working out whole themes asks for it ten thousand times.
  private static let luminances: [Double] = colors.map(\.luminance)

  private static let ansi: [RGB] = [
    RGB(red: 0, green: 0, blue: 0), RGB(red: 205, green: 0, blue: 0),
    RGB(red: 0, green: 205, blue: 0), RGB(red: 205, green: 205, blue: 0),
    RGB(red: 0, green: 0, blue: 238), RGB(red: 205, green: 0, blue: 205),
    RGB(red: 0, green: 205, blue: 205), RGB(red: 229, green: 229, blue: 229),
    RGB(red: 127, green: 127, blue: 127), RGB(red: 255, green: 0, blue: 0),
    RGB(red: 0, green: 255, blue: 0), RGB(red: 255, green: 255, blue: 0),
    RGB(red: 92, green: 92, blue: 255), RGB(red: 255, green: 0, blue: 255),
    RGB(red: 0, green: 255, blue: 255), RGB(red: 255, green: 255, blue: 255),
  ]

  private static let cube: [RGB] = {
    let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
    var cube: [RGB] = []
    for red in levels {
      for green in levels {
        for blue in levels { cube.append(RGB(red: red, green: green, blue: blue)) }
      }
    }
    return cube
  }()

  private static let greys: [RGB] = (0..<24).map { step in
    let level = UInt8(8 + 10 * step)
    return RGB(red: level, green: level, blue: level)
  }

  /// The fixed entry (16...255) that looks most like a colour.
  package static func nearest(to color: RGB) -> Int { nearest(to: Lab(color), among: 16..<256) }

  /// The entry among the first 16 that looks most like a colour.
  package static func nearestAnsi(to color: RGB) -> Int { nearest(to: Lab(color), among: 0..<16) }

  /// Contrast of two indices as WCAG 2.1 defines it.
  static func contrast(_ first: Int, _ second: Int) -> Double {
    let (first, second) = (luminances[first] + 0.05, luminances[second] + 0.05)
    return max(first, second) / min(first, second)
  }

  private static func nearest(to color: Lab, among candidates: Range<Int>) -> Int {
    var best = candidates.lowerBound
    var shortest = Double.infinity
    for candidate in candidates {
      let distance = labs[candidate].distance(to: color)
      if distance < shortest {
        shortest = distance
        best = candidate
      }
    }
    return best
  }
}
