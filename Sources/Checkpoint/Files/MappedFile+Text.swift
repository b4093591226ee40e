extension MappedFile {
  /// The text whose UTF-8 bytes lie in `range`; bytes that are not UTF-8 become U+FFFD.
  func text(in range: Range<Int>) -> String {
    withBytes(in: range) { bytes in
      // The bytes are copied into the text before the span ends.
      unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
  }

  /// The text whose bytes lie in `range`; `nil` unless they are UTF-8.
  func validText(in range: Range<Int>) -> String? {
    withBytes(in: range) { bytes in
      // As above.
      unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
    }
  }
}

extension MappedFile {
  /// Whether the file is what `git clone` leaves in place of a large one without Git LFS.
  var isLargeFilePointer: Bool {
    let mark = "version https://git-lfs"
    return copy(of: 0..<min(count, mark.utf8.count)).elementsEqual(mark.utf8)
  }
}
