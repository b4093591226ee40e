import Model
import Testing

/// Sizes as people write them.
@Suite struct ByteCountTests {
  @Test(arguments: [
    ("6GiB", 6 << 30), ("512 mib", 512 << 20), ("20GB", 20_000_000_000), ("1000000", 1_000_000),
    ("1.5KiB", 1536), ("7b", 7),
  ]) func `a number with or without a unit is read`(text: String, bytes: Int) {
    #expect(ByteCount(parsing: text)?.bytes == bytes)
  }

  @Test(arguments: ["", "GiB", "lots", "0", "-3MiB", "nan", "inf", "1e30", "0.5", "3MiBs"])
  func `anything else is refused`(text: String) {
    #expect(ByteCount(parsing: text) == nil)
  }
}
