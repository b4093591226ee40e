/// The smallest of many elements that are not negative, found without sorting them.
///
/// A radix selection on the bits, whose order is that of the floats; time is linear.
public struct SmallestElements {
  /// The `count`-th smallest element.
  public let threshold: Float
  /// How many elements equal to the threshold belong to the smallest `count`.
  public let equal: Int

  /// Finds the `count` smallest elements of several vectors together.
  ///
  /// - Parameters:
  ///   - count: at least 1 and at most the number of elements
  ///   - vectors: how many vectors there are
  ///   - vector: calls its second argument with the vector of the given index
  public init(
    count: Int, vectors: Int, _ vector: (Int, (Span<Float>) -> Void) -> Void
  ) {
    var prefix: UInt32 = 0
    var left = count
    var counts = [Int](repeating: 0, count: 2048)
    // Eleven, eleven and the last ten bits; a sign bit would be the first.
    for (shift, width) in [(21, 11), (10, 11), (0, 10)] as [(UInt32, UInt32)] {
      for index in counts.indices { counts[index] = 0 }
      let mask = (UInt32(1) << width) - 1
      let above = shift + width
      for index in 0..<vectors {
        vector(index) { elements in
          var target = counts.mutableSpan
          for place in elements.indices {
            let bits = elements[place].bitPattern
            guard above == 32 || bits >> above == prefix else { continue }
            target[Int((bits >> shift) & mask)] &+= 1
          }
        }
      }
      var digit = 0
      while left > counts[digit] {
        left -= counts[digit]
        digit += 1
      }
      prefix = prefix << width | UInt32(digit)
    }
    threshold = Float(bitPattern: prefix)
    equal = left
  }

  /// Finds the `count` smallest elements of one vector.
  public init(count: Int, of elements: Span<Float>) {
    precondition(count >= 1 && count <= elements.count, "so many elements there are not")
    self.init(count: count, vectors: 1) { $1(elements) }
  }
}
