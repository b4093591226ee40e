import Model

extension GGUFParts {
  /// Samples taken of the tensors.
  private static let samples = 128
  /// Bytes of one sample.
  private static let sampleSize = 64

  /// The identity of a model: its settings, every tensor's name, type and shape, and samples of its
  /// data.
  ///
  /// Neither the files' paths nor the split into parts changes it.
  func fingerprint(of tensors: [TensorSpec], config: ConfigFile) -> Fingerprint {
    var hash = QuickHash()
    hash.combine(config.bytes)
    for name in tensorNames {
      guard let (_, tensor) = find(name) else { continue }
      hash.combine(Array(name.utf8))
      hash.combine(Array(tensor.type.name.utf8))
      for dimension in tensor.shape { hash.combine(UInt64(dimension)) }
      hash.combine(UInt64(tensor.shape.count))
    }
    for step in 0..<Self.samples where !tensors.isEmpty {
      let name = tensors[step * tensors.count / Self.samples].name
      guard let (file, tensor) = find(name) else { continue }
      let size = min(Self.sampleSize, tensor.range.count)
      // Another place in each tensor, as rows differ in what a fine-tune does to them.
      let start = tensor.range.lowerBound + (tensor.range.count - size) / Self.samples * step
      hash.combine(files[file].mapped.copy(of: start..<(start + size)))
    }
    var fingerprint = Fingerprint()
    for word in hash.words { fingerprint.combine(Int(truncatingIfNeeded: word)) }
    return fingerprint
  }
}
