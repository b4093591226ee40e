import Model

/// Where a tensor lies: in which of a checkpoint's files, and at which bytes of it.
struct Place: Hashable, Sendable {
  var file: Int
  var range: Range<Int>
}

/// Where the parts of a weight lie.
struct WeightLocation: Sendable {
  /// How the weight is stored.
  var encoding: StoredEncoding
  /// Elements of the weight.
  var elements: Int
  /// The codes, or the numbers themselves.
  var codes: Place
  /// The other parts; none for plain numbers.
  var others: [StoredPart.Kind: Place] = [:]

  /// Where a part lies; `nil` where the encoding has no such part.
  subscript(_ part: StoredPart.Kind) -> Place? { part == .codes ? codes : others[part] }

  /// The places of the given elements in all parts, of which each lies row by row as the weight does.
  func places(of span: Range<Int>) -> [Place] {
    ([codes] + others.values).map { place in
      let (start, count) = (place.range.lowerBound, place.range.count)
      func byte(_ element: Int) -> Int {
        // In double width, as a product of bytes and elements may not fit.
        let product = count.multipliedFullWidth(by: element)
        return start + elements.dividingFullWidth(product).quotient
      }
      guard elements > 0, span.count < elements else { return place }
      return Place(file: place.file, range: byte(span.lowerBound)..<byte(span.upperBound))
    }
  }
}
