import EngineProtocol
import Foundation
import Model
import Testing

@testable import Workbench

/// How long a key takes to its frame on the largest models; figures are printed, not judged.
///
/// `LATHE_BENCH=1 swift test -c release -Xswiftc -enable-testing --filter SpeedTests`
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LATHE_BENCH"] == "1"), .serialized)
struct SpeedTests {
  private let spec = Sample.spec(
    blocks: 61, experts: 256, perToken: 8, dense: 3, shared: true, name: "large", hidden: 7168,
    width: 2048)

  private func report(_ name: String, _ times: [Duration]) {
    let sorted = times.map { Double($0.components.attoseconds) / 1e15 }.sorted()
    func at(_ share: Double) -> Double { sorted[Int(Double(sorted.count - 1) * share)] }
    print("\(name): p50 \(at(0.5)) ms, p99 \(at(0.99)) ms, most \(at(1)) ms")
  }

  private func measure(_ name: String, _ keys: [Input], _ bench: Bench) {
    var state = bench.state
    let capabilities = Capabilities(colors: .palette, unicode: true)
    let clock = ContinuousClock()
    var updates: [Duration] = []
    var frames: [Duration] = []
    var cells = 0
    for (index, input) in keys.enumerated() {
      updates.append(clock.measure { _ = state.update(.input(input), at: index * 10) })
      frames.append(
        clock.measure {
          cells += render(state, size: state.size, capabilities: capabilities).cells.count
        })
    }
    #expect(cells > 0)
    report("\(name) update", updates)
    report("\(name) render", frames)
    report("\(name) key to frame", zip(updates, frames).map { $0 + $1 })
  }

  private func keys(_ text: String, times: Int) -> [Input] {
    let one = text.unicodeScalars.map { Input.key(.character($0)) }
    return Array((0..<times).map { _ in one }.joined())
  }

  @Test func `moving, editing, metrics, layers`() {
    let bench = Bench.ready(spec, size: Size(columns: 200, rows: 60))
    measure("moving", keys("jjjjllllkkhhLLHHGk", times: 60), bench)
    measure("editing", keys(" l-l-j j+ku l", times: 80), bench)
    measure("all bits", keys("a--++a", times: 40), bench)
    measure("metric", keys("m>", times: 200), bench)
    measure("layers", keys("2jjlll-jj kk-uu1", times: 60), bench)
    var filtered = bench
    filtered.press("/load < 0.5x<enter>")
    measure("filter", keys("jjl-u  uk", times: 60), filtered)
  }
}
