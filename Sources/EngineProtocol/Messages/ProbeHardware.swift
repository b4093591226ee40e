import Model

/// Asks what the engine's machine can do.
///
/// Measured at the first call, which takes some seconds in which the engine answers nothing else; then
/// remembered.
public struct ProbeHardware: EngineCall {
  /// What the engine answers.
  public typealias Answer = HardwareProfile
  /// The method's name on the wire.
  public static let method = "hardware/probe"
  /// Whether to measure although a result is remembered.
  public var again: Bool

  /// Asks for the machine.
  public init(again: Bool = false) { self.again = again }
}
