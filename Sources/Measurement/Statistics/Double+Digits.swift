extension Double {
  /// The number with so many significant digits, so that it is short where it is written as text.
  func rounded(digits: Int) -> Double {
    guard self != 0, isFinite else { return self }
    var least = 1.0
    for _ in 1..<digits { least *= 10 }
    var scale = 1.0
    // Powers of ten are exact up to 1e22, so the quotient is the nearest to the short number.
    while magnitude * scale < least, scale < 1e22 { scale *= 10 }
    return (self * scale).rounded() / scale
  }
}
