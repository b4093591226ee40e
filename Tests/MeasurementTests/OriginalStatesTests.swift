import Model
import Numerics
import Testing

@testable import Measurement

struct OriginalStatesTests {
  private let data = (0..<3).map { index in
    var fingerprint = Fingerprint()
    fingerprint.combine(index)
    return fingerprint
  }

  /// A round's states of 400 bytes; whether they had to be made.
  private func isMade(_ states: OriginalStates, _ data: Fingerprint, round: Int) -> Bool {
    var made = false
    _ = states.states(of: data, round: round) {
      made = true
      return Matrix(rows: 10, columns: 10, repeating: 1)
    }
    return made
  }

  @Test func `states are made once while they fit`() {
    let states = OriginalStates(budget: 800)
    #expect(isMade(states, data[0], round: 0) && isMade(states, data[0], round: 1))
    #expect(!isMade(states, data[0], round: 0) && !isMade(states, data[0], round: 1))
    #expect(states.bytes == 800)
  }

  @Test func `rounds beyond the budget are made each time and push out none of their data`() {
    let states = OriginalStates(budget: 900)
    for round in 0..<3 { #expect(isMade(states, data[0], round: round)) }
    #expect(!isMade(states, data[0], round: 0) && !isMade(states, data[0], round: 1))
    #expect(isMade(states, data[0], round: 2) && states.bytes == 800)
  }

  @Test func `the data used least recently makes room`() {
    let states = OriginalStates(budget: 800)
    _ = isMade(states, data[0], round: 0)
    _ = isMade(states, data[1], round: 0)
    #expect(!isMade(states, data[0], round: 0))
    #expect(isMade(states, data[2], round: 0) && states.bytes == 800)
    #expect(!isMade(states, data[0], round: 0))
    #expect(isMade(states, data[1], round: 0))
  }
}
