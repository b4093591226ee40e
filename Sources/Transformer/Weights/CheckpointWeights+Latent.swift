import Checkpoint
import Model
import Numerics

extension CheckpointWeights {
  /// The projection of the latent vector to keys and values, `[heads * (unrotatedWidth +
  /// valueDimension), keyValueRank]`, put together from the two tensors of GGUF files.
  func latentUp(block: Int) -> Matrix {
    let spec = checkpoint.spec.blocks[block].attention
    let (plain, width) = (spec.unrotatedWidth, spec.valueDimension)
    let rank = spec.latent?.keyValueRank ?? 0
    // `[heads, rank, plain]` and `[heads, width, rank]`.
    let keys = matrix(of: .latentKeys(block: block), rows: spec.heads * rank, columns: plain)
    let values = matrix(of: .latentValues(block: block), rows: spec.heads * width, columns: rank)
    let result = scratch.matrix(rows: spec.heads * (plain + width), columns: rank)
    for head in 0..<spec.heads {
      let start = head * (plain + width)
      let part = keys.rows(head * rank..<(head + 1) * rank).elements()
      for row in 0..<plain {
        var target = result.mutableRow(start + row)
        for column in 0..<rank { target[column] = part[column * plain + row] }
      }
      result.rows(start + plain..<start + plain + width)
        .copy(from: values.rows(head * width..<(head + 1) * width))
    }
    return result
  }

  private func matrix(of role: TensorRole, rows: Int, columns: Int) -> Matrix {
    let matrix = scratch.matrix(rows: rows, columns: columns)
    WeightDecoder(checkpoint, role).decode(first: 0, step: 1, into: matrix)
    if releasesPages { checkpoint.releasePages(of: role) }
    return matrix
  }
}
