import Glibc
import Model

/// A metric of every expert as shades: computed when the metric, scale or profile changes, so that
/// a frame only looks shades up.
struct HeatMap: Equatable, Sendable {
  /// The shade that means "no value".
  static let none = UInt8.max
  /// Width of a row's sparkline in cells.
  static let sparkWidth = 8
  /// Heights of a sparkline's cells.
  static let sparkLevels = 8

  let metric: Metric
  let scale: HeatScale
  /// Columns of the map.
  let width: Int
  /// Smallest, middle and largest value; `nil` without any.
  let extent: Extent?
  /// Shade by block and expert.
  private let levels: [UInt8]
  /// Heights by block and sparkline cell.
  private let sparks: [UInt8]

  /// Smallest, middle and largest value.
  struct Extent: Equatable, Sendable {
    var low: Double
    var median: Double
    var high: Double
  }

  /// Shades every expert's score.
  init(_ metric: Metric, _ scale: HeatScale, of profile: Profile, _ spec: ModelSpec) {
    self.metric = metric
    self.scale = scale
    width = spec.maximumExperts
    let values = Self.values(metric, of: profile, spec)
    let known = values.compactMap { $0.isFinite ? $0 : nil }.sorted()
    extent =
      known.isEmpty
      ? nil
      : Extent(
        low: known[0], median: known[known.count / 2], high: known[known.count - 1])
    levels = Self.levels(values, known, scale)
    sparks = Self.sparks(values, width: width, high: extent?.high ?? 0)
  }

  /// The shade of an expert, or `none`.
  func level(_ block: Int, _ expert: Int) -> UInt8 { levels[block * width + expert] }

  /// The height of a sparkline's cell, or `none`.
  func spark(_ block: Int, _ cell: Int) -> UInt8 { sparks[block * Self.sparkWidth + cell] }

  /// Every expert's value; not finite where there is none.
  private static func values(
    _ metric: Metric, of profile: Profile, _ spec: ModelSpec
  ) -> [Double] {
    let width = spec.maximumExperts
    var values = [Double](repeating: .nan, count: spec.blocks.count * width)
    for (index, block) in profile.blocks.prefix(spec.blocks.count).enumerated() {
      let count = spec.blocks[index].expertCount
      for (expert, scores) in block.experts.prefix(count).enumerated() {
        values[index * width + expert] = metric.value(
          scores, in: block, uniform: 1 / Double(count))
      }
    }
    return values
  }

  private static func levels(
    _ values: [Double], _ sorted: [Double], _ scale: HeatScale
  ) -> [UInt8] {
    guard let low = sorted.first, let high = sorted.last else {
      return values.map { _ in none }
    }
    let position: (Double) -> Double
    switch scale {
    case .linear: position = { ($0 - low) / (high - low) }
    case .log:
      let floor = sorted.first { $0 > 0 } ?? 1
      position = { Glibc.log(max($0, floor) / floor) / Glibc.log(high / floor) }
    case .rank: position = { rank(of: $0, in: sorted) }
    }
    let steps = Double(Paint.heatLevels)
    return values.map { value in
      guard value.isFinite else { return none }
      let place = position(value)
      // Where all values are the same, every scale divides by zero: the middle shade then.
      return place.isFinite ? UInt8(min(max(place * steps, 0), steps - 1)) : UInt8(steps / 2)
    }
  }

  /// Share of values below `value`, equal ones counted half.
  private static func rank(of value: Double, in sorted: [Double]) -> Double {
    let below = sorted.partitioningIndex { $0 >= value }
    let upTo = sorted.partitioningIndex { $0 > value }
    return Double(below + upTo) / 2 / Double(sorted.count)
  }

  /// Each row's values from largest to smallest, as heights of a few cells: flat where all experts
  /// are alike, steep where few do the work.
  private static func sparks(_ values: [Double], width: Int, high: Double) -> [UInt8] {
    guard width > 0 else { return [] }
    var sparks: [UInt8] = []
    for start in stride(from: 0, to: values.count, by: width) {
      let row = values[start..<start + width].filter(\.isFinite).sorted(by: >)
      let top = row.first ?? 0
      for cell in 0..<sparkWidth {
        guard !row.isEmpty, top > 0 else {
          sparks.append(none)
          continue
        }
        let value = row[min(cell * row.count / sparkWidth, row.count - 1)]
        let height = max(0, value) / top * Double(sparkLevels)
        sparks.append(UInt8(min(height, Double(sparkLevels - 1))))
      }
    }
    return sparks
  }
}

extension Array where Element == Double {
  /// Index of the first element for which `predicate` holds, given that it holds for all later.
  fileprivate func partitioningIndex(_ predicate: (Double) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
