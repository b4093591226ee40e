import Foundation
import Model
import Testing

/// Bytes are compared with those of published files, worked out by hand from their headers' shapes.
struct StoredEncodingTests {
  private func integers(
    _ layout: IntegerEncoding.Layout, _ bits: Int, _ group: GroupSize, symmetric: Bool = true,
    inputGroups: Bool = false, scales: StoredType = .float16
  ) -> StoredEncoding {
    .integers(
      IntegerEncoding(
        layout: layout, bits: bits, group: group, isSymmetric: symmetric,
        hasInputGroups: inputGroups, scaleType: scales))
  }

  private static let blocks128 = StoredEncoding.float8(
    Float8Encoding(
      scales: .blocks(rows: 128, columns: 128), scaleType: .float32,
      scaleEnding: "weight_scale_inv"))

  @Test func `the parts of a GPTQ weight are those that AutoGPTQ writes`() {
    let parts = integers(.gptq, 4, .inputs(128), inputGroups: true).parts(of: [1408, 2048])
    #expect(
      parts.map { $0.name(in: "a.up_proj.weight") }
        == ["a.up_proj.qweight", "a.up_proj.scales", "a.up_proj.qzeros", "a.up_proj.g_idx"])
    #expect(parts.map(\.shape) == [[256, 1408], [16, 1408], [16, 176], [2048]])
    #expect(parts.map(\.type) == [.int32, .float16, .int32, .int32])
  }

  @Test func `the parts of an AWQ weight are those that AutoAWQ writes`() {
    let parts = integers(.awq, 4, .inputs(128), symmetric: false).parts(of: [1408, 2048])
    #expect(parts.map(\.shape) == [[2048, 176], [16, 1408], [16, 176]])
  }

  @Test func `packed rows and zero points end with whole words`() {
    let parts = integers(.packed, 3, .inputs(32), symmetric: false).parts(of: [33, 96])
    #expect(parts.map(\.shape) == [[33, 9], [33, 3], [2], [4, 3]])
    #expect(
      parts.map { $0.name(in: "q.weight") }
        == ["q.weight_packed", "q.weight_scale", "q.weight_shape", "q.weight_zero_point"])
  }

  @Test func `blocks of scales at the edges count whole`() {
    // DeepSeek-V3's kv_a_proj_with_mqa: [576, 7168] with scales [5, 56].
    #expect(Self.blocks128.bytes(of: [576, 7168]) == 576 * 7168 + 5 * 56 * 4)
  }

  @Test func `an expert of a stacked weight takes its share of the bytes`() {
    // gpt-oss-20b's down_proj: [32, 2880, 90, 16] and [32, 2880, 90] bytes.
    let stacked = StoredEncoding.mxfp4.bytes(of: [32, 2880, 2880])
    #expect(stacked == 32 * 2880 * 90 * 17)
    #expect(StoredEncoding.mxfp4.bytes(of: [2880, 2880]) * 32 == stacked)
    let parts = StoredEncoding.mxfp4.parts(of: [32, 2880, 2880])
    #expect(
      parts.map { $0.name(in: "experts.down_proj") }
        == ["experts.down_proj_blocks", "experts.down_proj_scales"])
  }

  @Test(arguments: BlockFormat.allCases)
  func `a GGUF format's bits are below what a block takes`(_ format: BlockFormat) {
    let bytes = StoredEncoding.blocks(format).bytes(of: [2, 512])
    #expect(bytes == 1024 / format.length * format.byteCount)
    #expect(Double(bytes) * 8 / 1024 > Double(format.bits))
    #expect(Double(bytes) * 8 / 1024 <= Double(format.bits) + 1)
  }

  @Test func `encodings have short names`() {
    let names = [
      StoredEncoding.elements(.bfloat16), .blocks(.q4K), Self.blocks128, .mxfp4,
      integers(.gptq, 4, .inputs(128)), integers(.bytes, 8, .channel),
    ].map(\.description)
    #expect(names == ["bf16", "q4_K", "f8", "mxfp4", "int4 g128", "int8 channel"])
  }

  @Test func `an encoding survives JSON`() throws {
    for encoding in [
      StoredEncoding.elements(.bfloat16), .blocks(.q6K), Self.blocks128, .mxfp4,
      integers(.awq, 4, .inputs(128), symmetric: false), integers(.gptqV2, 3, .channel),
    ] {
      let text = try JSONEncoder().encode(encoding)
      #expect(try JSONDecoder().decode(StoredEncoding.self, from: text) == encoding)
    }
  }
}
