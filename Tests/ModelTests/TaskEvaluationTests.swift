import Foundation
import Model
import Testing

struct TaskEvaluationTests {
  @Test func `files from before intervals were written are read`() throws {
    let old = Data(#"{"name": "sums", "items": 200, "accuracy": 0.995}"#.utf8)
    let task = try JSONDecoder().decode(TaskEvaluation.self, from: old)
    #expect(task == TaskEvaluation(name: "sums", items: 200, accuracy: 0.995))
    #expect(!task.isMultipleChoice)
  }

  @Test func `what is written is read again`() throws {
    let task = TaskEvaluation(name: "a", items: 50, accuracy: 0.4, normalizedAccuracy: 0.5)
    let data = try JSONEncoder().encode(task)
    #expect(try JSONDecoder().decode(TaskEvaluation.self, from: data) == task)
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("normalized_accuracy_ci95") && text.contains("accuracy_stderr"))
  }

  @Test func `the interval is Wilson's`() {
    // Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263 and 0 of 20.
    let some = TaskEvaluation(name: "a", items: 263, accuracy: 81.0 / 263).accuracyInterval
    #expect(abs(some.low - 0.2553) < 5e-5 && abs(some.high - 0.3662) < 5e-5)
    let none = TaskEvaluation(name: "a", items: 20, accuracy: 0).accuracyInterval
    #expect(none.low == 0 && abs(none.high - 0.1611) < 5e-5)
  }

  @Test func `the standard error is the sample's`() {
    let task = TaskEvaluation(name: "a", items: 4, accuracy: 0.25)
    // Mean of 1, 0, 0, 0: s² = 0.25, s / √4.
    #expect(task.standardError == 0.25)
  }
}
