import Glibc

/// A colour of the screen, each channel 0...255 in sRGB.
package struct RGB: Hashable, Sendable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  package init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Channels without the display's gamma, 0...1 (IEC 61966-2-1).
  package var linear: SIMD3<Double> {
    SIMD3(Self.linear(red), Self.linear(green), Self.linear(blue))
  }

  /// Relative luminance as WCAG 2.1 defines it: 0 is black, 1 white.
  package var luminance: Double {
    (linear * SIMD3(0.2126, 0.7152, 0.0722)).sum()
  }

  /// Contrast as WCAG 2.1 defines it: 1 is none, 21 black on white.
  package func contrast(to other: RGB) -> Double {
    let (first, second) = (luminance + 0.05, other.luminance + 0.05)
    return max(first, second) / min(first, second)
  }

  private static func linear(_ channel: UInt8) -> Double {
    let value = Double(channel) / 255
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }
}

/// A colour in CIELAB (white point D65), where distances are about as large as they look.
package struct Lab: Hashable, Sendable {
  /// From 0, black, to 100, white.
  package var lightness: Double
  /// Green to red.
  package var a: Double
  /// Blue to yellow.
  package var b: Double

  package init(_ color: RGB) { self.init(linear: color.linear) }

  package init(linear color: SIMD3<Double>) {
    let x = (color * SIMD3(0.4124, 0.3576, 0.1805)).sum() / 0.95047
    let y = (color * SIMD3(0.2126, 0.7152, 0.0722)).sum()
    let z = (color * SIMD3(0.0193, 0.1192, 0.9505)).sum() / 1.08883
    lightness = 116 * Self.compress(y) - 16
    a = 500 * (Self.compress(x) - Self.compress(y))
    b = 200 * (Self.compress(y) - Self.compress(z))
  }

  /// The distance ΔE of 1976; about 2 is just noticeable side by side.
  package func distance(to other: Lab) -> Double {
    let difference = SIMD3(lightness - other.lightness, a - other.a, b - other.b)
    return (difference * difference).sum().squareRoot()
  }

  private static func compress(_ value: Double) -> Double {
    value > 0.008856 ? cbrt(value) : 7.787 * value + 16 / 116
  }
}
