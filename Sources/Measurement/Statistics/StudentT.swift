/// Student's t distribution, for intervals from few windows.
enum StudentT {
  private static let table = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
  ]

  /// The 97.5 % quantile, so that `± quantile * standard error` covers 95 %.
  static func quantile975(degreesOfFreedom: Int) -> Double {
    guard degreesOfFreedom > 0 else { return .infinity }
    if degreesOfFreedom <= table.count { return table[degreesOfFreedom - 1] }
    // Cornish-Fisher, first two terms: within 0.001 from 30 degrees on.
    let freedom = Double(degreesOfFreedom)
    return 1.959964 + 2.372271 / freedom + 2.822520 / (freedom * freedom)
  }
}
