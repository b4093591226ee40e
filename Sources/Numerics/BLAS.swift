internal import COpenBLAS

/// What is known about the linked BLAS library.
public enum BLAS {
  /// The kernels OpenBLAS chose for this CPU, such as `SkylakeX`, `Haswell` or `Prescott`.
  public static var kernelName: String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    // A constant string of the library, terminated by zero.
    return unsafe String(cString: name)
  }
}
