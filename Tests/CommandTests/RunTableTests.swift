import Testing

@testable import lathe

/// Fields of a CSV file, as RFC 4180 and spreadsheets read them.
struct RunTableTests {
  @Test(arguments: [
    ("plain", "plain"), ("-0.25", "-0.25"), ("", ""),
    ("drop experts 1.0, 1.1", "\"drop experts 1.0, 1.1\""),
    ("say \"so\"", "\"say \"\"so\"\"\""), ("two\r\nlines", "two  lines"),
    ("=1+1", "'=1+1"), ("@name", "'@name"), ("-name", "'-name"),
    ("\u{1B}[31mred\u{202E}", " [31mred "),
  ]) func `a field is quoted where it must be, and steers nothing`(
    _ field: String, _ written: String
  ) {
    #expect(RunTable.quoted(field) == written)
  }
}
