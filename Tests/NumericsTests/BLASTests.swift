import Foundation
import Numerics
import Testing

struct BLASTests {
  #if arch(x86_64)
    @Test func `OpenBLAS runs no SSE3 kernels on a CPU with AVX2`() throws {
      let information = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let flags = try #require(information.split(separator: "\n").first { $0.hasPrefix("flags") })
        .split(separator: " ")
      guard flags.contains("avx2"), flags.contains("fma") else { return }
      #expect(BLAS.kernelName != "Prescott")
    }
  #endif
}
