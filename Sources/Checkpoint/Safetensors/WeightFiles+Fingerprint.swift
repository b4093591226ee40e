import Model

extension WeightFiles {
  /// Samples taken of the experts' weights, and as many of all others.
  private static let samples = 64
  /// Bytes of one sample.
  private static let sampleSize = 64

  /// The identity of a checkpoint: its config, every tensor's name, type and shape, and samples of
  /// its data, so that a fine-tune differs from its parent.
  ///
  /// Neither the folder's path nor the split into shards changes it.
  func fingerprint(of tensors: [TensorSpec], config: ConfigFile) -> Fingerprint {
    var hash = QuickHash()
    hash.combine(config.bytes)
    for name in names {
      guard let (_, entry) = find(name) else { continue }
      hash.combine(Array(name.utf8))
      hash.combine(Array(entry.type.rawValue.utf8))
      for dimension in entry.shape { hash.combine(UInt64(dimension)) }
      hash.combine(UInt64(entry.shape.count))
    }
    // Routed experts are nearly all of the bytes; a fine-tune may leave them alone.
    sample(tensors.filter { $0.role.isRoutedExpert }, into: &hash)
    sample(tensors.filter { !$0.role.isRoutedExpert }, into: &hash)
    var fingerprint = Fingerprint()
    for word in hash.words { fingerprint.combine(Int(truncatingIfNeeded: word)) }
    return fingerprint
  }

  private func sample(_ tensors: [TensorSpec], into hash: inout QuickHash) {
    for step in 0..<Self.samples where !tensors.isEmpty {
      let tensor = tensors[step * tensors.count / Self.samples]
      guard let (file, entry) = find(tensor.name) else { continue }
      let size = min(Self.sampleSize, entry.range.count)
      // Another place in each tensor, as rows differ in what a fine-tune does to them.
      let start = entry.range.lowerBound + (entry.range.count - size) / Self.samples * step
      hash.combine(files[file].mapped.copy(of: start..<(start + size)))
    }
  }
}

extension TensorRole {
  fileprivate var isRoutedExpert: Bool {
    switch self {
    case .linear(.expert), .bias(.expert), .stacked: true
    default: false
    }
  }
}
