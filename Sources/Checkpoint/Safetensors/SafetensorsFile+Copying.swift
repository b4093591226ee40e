import Model

extension SafetensorsFile {
  /// A copy of the tensor called `name`, widened to float32; F32, F16 and BF16 only.
  public func floats(named name: String) throws(CheckpointError) -> [Float] {
    let entry = try required(name)
    let type = entry.type
    guard type.isWeight else {
      throw .tensor(file: path, tensor: name, .type(found: type, expected: "F32, F16 or BF16"))
    }
    return withBytes(of: entry) { bytes in
      (0..<entry.elements).map { index in
        switch type {
        case .float16: Float(Float16(bitPattern: bytes.word16(at: index)))
        case .bfloat16: Float(bitPattern: UInt32(bytes.word16(at: index)) << 16)
        default: Float(bitPattern: bytes.word32(at: index))
        }
      }
    }
  }

  /// A copy of the tensor called `name` as integers; I64 and I32 only.
  public func integers(named name: String) throws(CheckpointError) -> [Int] {
    let entry = try required(name)
    let type = entry.type
    guard type == .int64 || type == .int32 else {
      throw .tensor(file: path, tensor: name, .type(found: type, expected: "I64 or I32"))
    }
    return withBytes(of: entry) { bytes in
      (0..<entry.elements).map { index in
        type == .int32
          ? Int(Int32(bitPattern: bytes.word32(at: index)))
          : Int(Int64(bitPattern: bytes.word64(at: index)))
      }
    }
  }

  private func required(_ name: String) throws(CheckpointError) -> SafetensorsEntry {
    guard let entry = entry(named: name) else {
      throw .tensor(file: path, tensor: name, .missing)
    }
    return entry
  }
}

extension RawSpan {
  // The loads are bounds-checked and unaligned, and every bit pattern is a valid integer.
  fileprivate func word16(at index: Int) -> UInt16 {
    unsafe unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
  }

  fileprivate func word32(at index: Int) -> UInt32 {
    unsafe unsafeLoadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
  }

  fileprivate func word64(at index: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
  }
}
