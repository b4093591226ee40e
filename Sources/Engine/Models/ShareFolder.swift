import FoundationEssentials
import Glibc

/// Where Lathe's own files are: the bundled model, its texts, the themes.
///
/// Looked for in `LATHE_SHARE`, in `../share/lathe` beside the executable (an installed Lathe), and
/// in the checkout the executable was built in.
public enum ShareFolder {
  /// The bundled model's folder, with `checkpoint/` and `texts/`; `nil` where it is not installed.
  public static var demoModel: URL? { find("demo-model", inCheckout: "Sources/lathe/Resources") }

  /// The folder of theme files; `nil` where it is not installed.
  public static var themes: URL? { find("themes", inCheckout: "") }

  /// Bundled texts whose names end so, in alphabetical order.
  static func texts(endingIn ending: String) -> [String] {
    guard let folder = demoModel?.appending(path: "texts"),
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    return names.filter { $0.hasSuffix(ending) }.sorted().map { folder.appending(path: $0).path }
  }

  private static func find(_ name: String, inCheckout folder: String) -> URL? {
    var candidates: [URL] = []
    if let share = ProcessInfo.processInfo.environment["LATHE_SHARE"], !share.isEmpty {
      candidates.append(URL(filePath: share).appending(path: name))
    }
    if let executable {
      let bin = executable.deletingLastPathComponent()
      candidates.append(bin.deletingLastPathComponent().appending(path: "share/lathe/\(name)"))
      var parent = bin
      // A build folder lies a few levels inside the checkout.
      for _ in 0..<5 {
        parent = parent.deletingLastPathComponent()
        let checkout = folder.isEmpty ? parent : parent.appending(path: folder)
        if FileManager.default.fileExists(atPath: parent.appending(path: "Package.swift").path) {
          candidates.append(checkout.appending(path: name))
        }
      }
    }
    return candidates.first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The running program's file, links resolved.
  public static var executable: URL? {
    guard
      let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return nil }
    return URL(filePath: path)
  }
}
