/// All files of a model: one GGUF file, or the parts that `llama-gguf-split` made of one.
///
/// Parts are called `NAME-00001-of-00003.gguf`; any of them may be named. The first one's metadata
/// count.
struct GGUFParts: Sendable {
  /// The files, in order.
  let files: [GGUFFile]
  /// The metadata of the first.
  let metadata: GGUFMetadata
  /// What a person calls the model: the file's name without what marks parts and type.
  let name: String
  private let places: [String: (file: Int, tensor: Int)]

  /// Whether `path` is called like a GGUF file.
  static func isName(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

  /// The paths of a file and of all parts that belong to it by name, whether or not they are there.
  static func paths(of path: String) -> [String] {
    guard let part = PartName(path), part.count <= mostParts else { return [path] }
    return part.paths
  }

  /// More parts than this are no model's: nobody looks for them on a file name's word.
  private static let mostParts = 1000

  /// Opens the file at `path` and, if it is a part, all others.
  init(path: String) throws(CheckpointError) {
    let pattern = PartName(path)
    var files: [GGUFFile] = []
    for path in pattern?.paths ?? [path] {
      do throws(CheckpointError) {
        files.append(try GGUFFile(path: path))
      } catch {
        guard case .file(_, .missing) = error, let pattern, path != pattern.given else {
          throw error
        }
        throw .gguf(file: path, .missingPart(of: pattern.count))
      }
    }
    self.files = files
    metadata = GGUFMetadata(of: files[0])
    name = pattern?.name ?? PartName.withoutEnding(path)
    places = try Self.places(of: files)
    try checkParts()
  }

  /// Where the tensor called `name` lies, or `nil`.
  func find(_ name: String) -> (file: Int, tensor: GGUFTensor)? {
    places[name].map { ($0.file, files[$0.file].tensors[$0.tensor]) }
  }

  /// The names of all tensors, sorted.
  var names: [String] { places.keys.sorted() }

  private static func places(
    of files: [GGUFFile]
  ) throws(CheckpointError) -> [String: (file: Int, tensor: Int)] {
    var places: [String: (file: Int, tensor: Int)] = [:]
    places.reserveCapacity(files.reduce(0) { $0 + $1.tensors.count })
    for (file, contents) in files.enumerated() {
      for (index, tensor) in contents.tensors.enumerated() {
        guard places.updateValue((file, index), forKey: tensor.name) == nil else {
          throw .gguf(file: contents.path, .duplicateTensor(tensor.name))
        }
      }
    }
    return places
  }

  /// Checks that the parts are those of one model, in order and complete.
  private func checkParts() throws(CheckpointError) {
    for (index, file) in files.enumerated() {
      let metadata = GGUFMetadata(of: file)
      let count = try metadata.count("split.count") ?? 1
      guard max(count, 1) == files.count else {
        throw .gguf(file: file.path, .partCount(says: count, found: files.count))
      }
      guard let number = try metadata.count("split.no"), number != index, files.count > 1 else {
        continue
      }
      throw .gguf(file: file.path, .partNumber(says: number + 1, expected: index + 1))
    }
    guard let expected = try metadata.count("split.tensors.count"), expected != places.count,
      files.count > 1
    else { return }
    throw .gguf(file: metadata.path, .partTensors(says: expected, found: places.count))
  }
}

/// A path such as `FOLDER/NAME-00001-of-00003.gguf`.
private struct PartName {
  /// The path itself.
  let given: String
  /// How many parts there are.
  let count: Int
  private let stem: String

  /// Takes a path apart; `nil` if it is none of a part.
  init?(_ path: String) {
    let ending = "-00001-of-00003.gguf".utf8.count
    guard
      let stemEnd = path.utf8.index(
        path.utf8.endIndex, offsetBy: -ending, limitedBy: path.utf8.startIndex)
    else { return nil }
    let mark = Array(path.utf8[stemEnd...])
    guard mark[0] == UInt8(ascii: "-"), mark[6..<10].elementsEqual("-of-".utf8),
      Self.number(mark[1..<6]) != nil, let count = Self.number(mark[10..<15]), count > 0,
      String(decoding: mark[15...], as: UTF8.self).lowercased() == ".gguf"
    else { return nil }
    given = path
    stem = String(path[..<stemEnd])
    self.count = count
  }

  /// What all parts are called.
  var name: String { String(stem.split(separator: "/").last ?? "") }

  /// The paths of all parts, in order.
  var paths: [String] {
    (1...count).map { "\(stem)-\(Self.digits($0))-of-\(Self.digits(count)).gguf" }
  }

  /// The last part of a path, without `.gguf`.
  static func withoutEnding(_ path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return GGUFParts.isName(last) ? String(last.dropLast(5)) : last
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func digits(_ number: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, 5 - text.count)) + text
  }
}
