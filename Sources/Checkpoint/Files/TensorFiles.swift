import Model

/// The files of a model, of either format, as far as their identity goes.
protocol TensorFiles {
  /// The names of all tensors, sorted.
  var names: [String] { get }

  /// Where a tensor lies and what it is; `nil` if there is none of that name.
  func stored(_ name: String) -> StoredTensor?
}

/// A tensor as it lies in a file.
struct StoredTensor {
  /// Its type, as the format names it.
  var type: String
  /// Its shape, outermost dimension first.
  var shape: [Int]
  /// The file it lies in.
  var file: MappedFile
  /// Its bytes' place in the file.
  var range: Range<Int>
}

extension TensorFiles {
  /// The identity of a model: its settings, every tensor's name, type and shape, and samples of its
  /// data, so that a fine-tune differs from its parent.
  ///
  /// Neither the files' paths nor the split into shards changes it.
  func fingerprint(of tensors: [TensorSpec], config: ConfigFile) -> Fingerprint {
    var hash = QuickHash()
    hash.combine(config.bytes)
    for name in names {
      guard let tensor = stored(name) else { continue }
      hash.combine(Array(name.utf8))
      hash.combine(Array(tensor.type.utf8))
      for dimension in tensor.shape { hash.combine(UInt64(dimension)) }
      hash.combine(UInt64(tensor.shape.count))
    }
    // Routed experts are nearly all of the bytes; a fine-tune may leave them alone.
    sample(tensors.filter { $0.role.isRoutedExpert }, into: &hash)
    sample(tensors.filter { !$0.role.isRoutedExpert }, into: &hash)
    var fingerprint = Fingerprint()
    for word in hash.words { fingerprint.combine(Int(truncatingIfNeeded: word)) }
    return fingerprint
  }

  private func sample(_ tensors: [TensorSpec], into hash: inout QuickHash) {
    // Of the experts' weights, and as many of all others; sizes are in bytes.
    let (samples, sampleSize) = (64, 64)
    for step in 0..<samples where !tensors.isEmpty {
      guard let tensor = stored(tensors[step * tensors.count / samples].name) else { continue }
      let size = min(sampleSize, tensor.range.count)
      // Another place in each tensor, as rows differ in what a fine-tune does to them.
      let start = tensor.range.lowerBound + (tensor.range.count - size) / samples * step
      hash.combine(tensor.file.copy(of: start..<(start + size)))
    }
  }
}

extension WeightFiles: TensorFiles {
  func stored(_ name: String) -> StoredTensor? {
    find(name).map { file, entry in
      StoredTensor(
        type: entry.type.rawValue, shape: entry.shape, file: files[file].mapped,
        range: entry.range)
    }
  }
}

extension GGUFParts: TensorFiles {
  func stored(_ name: String) -> StoredTensor? {
    find(name).map { file, tensor in
      StoredTensor(
        type: tensor.type.name, shape: tensor.shape, file: files[file].mapped,
        range: tensor.range)
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
