// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Warnings stop the build; every unsafe expression has to say `unsafe`.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Unoptimised kernels are a hundred times slower, so tests of a debug build would take minutes.
let optimised: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// Debian's folder of OpenBLAS, linked statically so that the boot file of `COpenBLAS` runs before
/// the library picks its kernels and starts threads.
let openBLASFolder =
  ["x86_64", "aarch64"]
  .map { "/usr/lib/\($0)-linux-gnu/openblas-pthread" }
  .first { FileManager.default.fileExists(atPath: $0) } ?? "/usr/lib"

let package = Package(
  name: "lathe",
  products: [.executable(name: "lathe", targets: ["lathe"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
  ],
  targets: [
    .target(
      name: "CTerm",
      cSettings: [
        .define("_XOPEN_SOURCE_EXTENDED"), .define("_GNU_SOURCE"),
        .define("NCURSES_WIDECHAR", to: "1"),
      ],
      // Static, so that an installed binary needs nothing but the C and C++ runtimes.
      linkerSettings: [.linkedLibrary(":libncursesw.a"), .linkedLibrary(":libtinfo.a")]),
    .target(name: "CVectors", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
    .target(
      name: "COpenBLAS", dependencies: ["CVectors"],
      linkerSettings: [
        .unsafeFlags([
          "-L\(openBLASFolder)"
          // See locking.c: without it, products on two threads return wrong numbers.
        ]),
        .linkedLibrary(":libopenblas.a"), .linkedLibrary("m"),
      ]),
    // `Lifetimes`: a matrix lends its rows as spans.
    .target(
      name: "Numerics", dependencies: ["COpenBLAS", "CVectors"],
      swiftSettings: optimised + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "Model", swiftSettings: strict),
    .target(name: "Checkpoint", dependencies: ["Model"], swiftSettings: optimised),
    .target(
      name: "Transformer", dependencies: ["Checkpoint", "Model", "Numerics"],
      swiftSettings: optimised),
    .target(
      name: "Compression", dependencies: ["Transformer", "Checkpoint", "Model", "Numerics"],
      swiftSettings: optimised),
    .target(
      name: "Measurement",
      dependencies: ["Compression", "Transformer", "Checkpoint", "Model", "Numerics"],
      swiftSettings: optimised),
    .target(
      name: "Search", dependencies: ["EngineProtocol", "Model", "Numerics"],
      swiftSettings: optimised),
    .target(
      name: "EngineProtocol",
      dependencies: ["Model", .product(name: "Subprocess", package: "swift-subprocess")],
      swiftSettings: strict),
    .target(
      name: "Engine",
      dependencies: [
        "EngineProtocol", "Search", "Measurement", "Compression", "Transformer", "Checkpoint",
        "Model", "Numerics", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["History/Linking"], swiftSettings: strict,
      // Found before Debian's folder: links SQLite statically, as the other two libraries.
      linkerSettings: [
        .unsafeFlags(["-L\(Context.packageDirectory)/Sources/Engine/History/Linking"])
      ]),
    .target(name: "Workbench", dependencies: ["EngineProtocol", "Model"], swiftSettings: strict),
    .target(
      name: "TerminalUI", dependencies: ["Workbench", "CTerm", "TOMLKit"], swiftSettings: strict),
    .executableTarget(
      name: "lathe",
      dependencies: [
        "TerminalUI", "Workbench", "Engine", "EngineProtocol", "Measurement", "Search",
        "Checkpoint",
        "Model", "Numerics", "TOMLKit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Resources"], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Model", "Numerics"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "NumericsTests", dependencies: ["Numerics", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ModelTests", dependencies: ["Model", "Checkpoint", "Numerics", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CheckpointTests", dependencies: ["Checkpoint", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TransformerTests", dependencies: ["Transformer", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CompressionTests", dependencies: ["Compression", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "MeasurementTests", dependencies: ["Measurement", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SearchTests",
      dependencies: [
        "Search", "EngineProtocol", "Checkpoint", "Model", "Numerics", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WorkbenchTests",
      dependencies: ["Workbench", "EngineProtocol", "Model", "Numerics", "TestSupport"],
      exclude: ["Goldens"], swiftSettings: strict),
    .testTarget(
      name: "TerminalUITests", dependencies: ["TerminalUI", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Engine", "EngineProtocol", "Measurement", "Compression", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandTests", dependencies: ["lathe", "TestSupport"], swiftSettings: strict),
  ]
)
