import Model

/// The pictures of the model.
enum View: Int, CaseIterable, Sendable {
  case experts = 1
  case layers

  var title: String {
    switch self {
    case .experts: "Experts"
    case .layers: "Layers"
    }
  }
}

/// What has the keys.
enum Mode: Equatable, Sendable {
  case browse
  /// The help, scrolled down by some lines.
  case help(scroll: Int)
  case prompt(Prompt)
  case question(Question)
  /// The front of a search, its cursor on the plan that is nearest to so many bytes; on the best
  /// one without.
  case front(bytes: Int?)
}

/// What the next edit is about, around the cursor.
enum Marking: Equatable, Sendable {
  case none
  /// The rectangle between here and the cursor.
  case range(block: Int, column: Int)
  /// All columns of the blocks between here and the cursor.
  case rows(block: Int)
  /// All blocks of the columns between here and the cursor.
  case columns(column: Int)
  case all
}

/// A line being typed.
struct Prompt: Equatable, Sendable {
  /// What the line is for.
  enum Purpose: Equatable, Sendable {
    case command
    case filter
  }

  var purpose: Purpose
  /// Its characters; one cell each.
  private(set) var text: [Unicode.Scalar]
  /// Where the next character goes.
  private(set) var caret: Int
  /// Why the line was refused; cleared by typing on.
  var problem: String?
  /// Position in the list of earlier lines, counted from the newest; `nil` at the new line.
  var recalled: Int?

  /// Longest line a paste may make.
  static let limit = 2000

  init(_ purpose: Purpose, text: String = "", caret: Int? = nil) {
    self.purpose = purpose
    self.text = Array(text.unicodeScalars)
    self.caret = min(max(caret ?? self.text.count, 0), self.text.count)
  }

  var line: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text)
    return String(view)
  }

  mutating func insert(_ scalars: some Sequence<Unicode.Scalar>) {
    for scalar in scalars where scalar.value >= 0x20 && text.count < Self.limit {
      text.insert(scalar, at: caret)
      caret += 1
    }
    problem = nil
  }

  mutating func move(by step: Int) { move(to: caret + step) }

  mutating func move(to place: Int) { caret = min(max(place, 0), text.count) }

  /// Removes the characters between the caret and a place.
  mutating func remove(to place: Int) {
    let place = min(max(place, 0), text.count)
    text.removeSubrange(min(place, caret)..<max(place, caret))
    caret = min(place, caret)
    problem = nil
  }

  /// Where the word before the caret starts.
  var wordStart: Int {
    var place = caret
    while place > 0, text[place - 1] == " " { place -= 1 }
    while place > 0, text[place - 1] != " " { place -= 1 }
    return place
  }

  mutating func replace(with line: String) {
    text = Array(line.unicodeScalars)
    caret = text.count
    problem = nil
  }
}

/// Something that must be answered before going on.
enum Question: Equatable, Sendable {
  /// Leave although edits are not saved?
  case quit
  /// Write over a file that is there?
  case overwrite(path: String, quitAfter: Bool)
  /// Take a loaded plan although edits are not saved?
  case replacePlan(PlanFile, path: String)
}

/// A message that goes away by itself.
struct Toast: Equatable, Sendable {
  enum Tone: Equatable, Sendable { case info, good, warning, bad }

  /// Milliseconds a toast stays.
  static let duration = 4000

  var text: String
  var tone: Tone
  /// When it goes, in monotonic milliseconds.
  var until: Int
}
