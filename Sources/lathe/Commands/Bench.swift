import ArgumentParser

/// `lathe bench [MODEL]`: measures this machine and Lathe on it.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this machine and Lathe on it.")

  @Argument(help: "A folder in Hugging Face layout, or \"demo\".") var model = "demo"
  @Flag(help: "Print one JSON object per figure.") var json = false

  func run() throws {}
}
