/// The version of Lathe, in every profile, measurement and answer.
public enum Version {
  /// As people write it.
  public static let current = "0.1.0"
}
