extension Recipe {
  /// Every recipe, in the order they are listed.
  public static let all: [Recipe] =
    [.uniform] + trimming + merging + [.phiMini, .phiTiny] + bitAllocation
}
