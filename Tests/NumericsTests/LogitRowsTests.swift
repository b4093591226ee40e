import Numerics
import TestSupport
import Testing

struct LogitRowsTests {
  private func row(_ elements: [Float]) -> Matrix {
    Matrix(rows: 1, columns: elements.count, elements)
  }

  private let lengths = awkwardLengths.filter { $0 > 0 } + [1000, 4096, 5003]

  @Test func `log-sum-exp and likelihood are their formulas`() {
    var generator = SeededGenerator(seed: 12)
    for count in lengths {
      let x = randomVector(count, in: -20...20, &generator)
      let expected = Reference.logSumExp(x)
      #expect(abs(LogitRows.logSumExp(row(x).row(0)) - expected) < 1e-6, "\(count)")
      let target = Int.random(in: 0..<count, using: &generator)
      let nats = LogitRows.negativeLogLikelihood(of: target, in: row(x).row(0))
      #expect(abs(nats - (expected - Double(x[target]))) < 1e-6)
    }
  }

  @Test func `the divergence of a row from itself is exactly zero`() {
    var generator = SeededGenerator(seed: 13)
    for count in lengths {
      let x = row(randomVector(count, in: -30...30, &generator))
      #expect(LogitRows.divergence(teacher: x.row(0), student: x.row(0)) == 0)
    }
  }

  @Test func `the divergence is its formula`() {
    var generator = SeededGenerator(seed: 14)
    for count in lengths {
      for spread in [Float(0.001), 0.1, 10] {
        let teacher = randomVector(count, in: -10...10, &generator)
        let student = teacher.map { $0 + Float.random(in: -spread...spread, using: &generator) }
        let compared = LogitRows.compare(
          teacher: row(teacher).row(0), student: row(student).row(0))
        let expected = Reference.divergence(teacher, student)
        #expect(abs(compared.divergence - expected) < 1e-6 * (1 + expected), "\(count), \(spread)")
        #expect(abs(compared.teacherLogSumExp - Reference.logSumExp(teacher)) < 1e-6)
        #expect(abs(compared.studentLogSumExp - Reference.logSumExp(student)) < 1e-6)
        let largest = [teacher, student].map { x in x.firstIndex(of: x.max() ?? 0) }
        #expect(compared.agrees == (largest[0] == largest[1]))
      }
    }
  }

  @Test func `the divergence is not symmetric and names the teacher first`() {
    let sure = row([10, 0]).row(0)
    let flat = row([0, 0]).row(0)
    #expect(LogitRows.divergence(teacher: sure, student: flat) < 0.7)
    #expect(LogitRows.divergence(teacher: flat, student: sure) > 4)
  }

  @Test func `the largest of equal logits is the first`() {
    #expect(LogitRows.argmax(row([1, 5, 5]).row(0)) == 1)
    var generator = SeededGenerator(seed: 15)
    for count in lengths {
      let x = randomVector(count, &generator)
      #expect(LogitRows.argmax(row(x).row(0)) == x.firstIndex(of: x.max() ?? 0))
    }
  }
}
