import Compression
import Foundation
import Numerics
import TestSupport

/// The inputs and expected outputs of the oracle file that concern compression.
enum ReferenceInputs {
  /// The oracle file's `inp(n,m,a,b,c)[i][j] = sin(a·i + b·j + c)`.
  static func sines(_ rows: Int, _ columns: Int, _ a: Double, _ b: Double, _ c: Double) -> Matrix {
    let elements = (0..<rows * columns).map { place in
      Float(sin(a * Double(place / columns) + b * Double(place % columns) + c))
    }
    return Matrix(rows: rows, columns: columns, elements)
  }

  /// The weight `[6, 8]` of every oracle of a quantiser or sparsifier.
  static var weight: Matrix { sines(6, 8, 1.7, 0.9, 0.3) }

  /// Its two calibration sequences, 16 tokens in all.
  static var batches: [Matrix] { [sines(10, 8, 0.31, 1.07, 0.1), sines(6, 8, 0.77, 0.53, 0.4)] }

  /// The statistics of both sequences.
  static var statistics: InputStatistics {
    let statistics = InputStatistics(width: 8)
    for batch in batches { statistics.add(batch) }
    return statistics
  }

  /// The expected numbers of one entry.
  static func expected(_ entry: String, _ key: String) throws -> [Double] {
    let file = TestFolders.fixtures.appending(path: "formulas.json")
    let entries = try JSONDecoder().decode([String: Entry].self, from: Data(contentsOf: file))
    guard let numbers = entries[entry]?.numbers[key] else { throw MissingOracle(entry, key) }
    return numbers
  }

  /// An entry that is not in the file.
  struct MissingOracle: Error {
    let entry: String
    let key: String

    init(_ entry: String, _ key: String) {
      self.entry = entry
      self.key = key
    }
  }

  /// The lists of numbers of an entry; whatever else it holds is left out.
  private struct Entry: Decodable {
    var numbers: [String: [Double]] = [:]

    init(from decoder: any Decoder) throws {
      guard let container = try? decoder.container(keyedBy: Name.self) else { return }
      for name in container.allKeys {
        if let list = try? container.decode([Double].self, forKey: name) {
          numbers[name.stringValue] = list
        }
      }
    }
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// The largest difference between elements.
func difference(_ matrix: Matrix, _ expected: [Double]) -> Double {
  guard matrix.count == expected.count else { return .infinity }
  return zip(matrix.array, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
}

/// The largest difference between elements.
func difference(_ x: Matrix, _ y: Matrix) -> Double { difference(x, y.array.map { Double($0) }) }
