extension HardwareProfile {
  /// Machines that people ask about, by their vendors' figures.
  public static let published = [a100, h100, h200, rtx4090, m3Max]

  /// NVIDIA A100 80GB SXM, its data sheet: 2,039 GB/s; 19.5 TFLOP/s in FP32, 312 in BF16 on tensor
  /// cores, 624 TOP/s in INT8, without sparsity.
  public static let a100 = HardwareProfile(
    name: "A100-80G", memory: 80 << 30, bandwidth: 2.039e12, float32: 19.5e12, half: 312e12,
    int8: 624e12)

  /// NVIDIA H100 SXM, its data sheet: 80 GB, 3.35 TB/s; 67 TFLOP/s in FP32, 1,979 in BF16 and 3,958
  /// TOP/s in INT8 with sparsity, which are half of that without.
  public static let h100 = HardwareProfile(
    name: "H100", memory: 80 << 30, bandwidth: 3.35e12, float32: 67e12, half: 989.5e12,
    int8: 1979e12)

  /// NVIDIA H200 SXM, its data sheet: 141 GB, 4.8 TB/s; operations as of the H100.
  public static let h200 = HardwareProfile(
    name: "H200", memory: 141_000_000_000, bandwidth: 4.8e12, float32: 67e12, half: 989.5e12,
    int8: 1979e12)

  /// NVIDIA GeForce RTX 4090, the Ada whitepaper's appendix: 24 GB, 1,008 GB/s; 82.6 TFLOP/s in FP32,
  /// 165.2 in FP16 with FP32 accumulation on tensor cores, 660.6 TOP/s in INT8, without sparsity.
  public static let rtx4090 = HardwareProfile(
    name: "RTX-4090", memory: 24 << 30, bandwidth: 1.008e12, float32: 82.6e12, half: 165.2e12,
    int8: 660.6e12)

  /// Apple M3 Max with 40 GPU cores and 128 GB, Apple's technical specifications: 400 GB/s.
  ///
  /// Apple publishes no operations a second: 40 cores of 128 lanes, two operations a cycle at 1.4 GHz
  /// give 14.3 TFLOP/s, in FP16 and INT8 no more. Of the memory, three quarters are the GPU's.
  public static let m3Max = HardwareProfile(
    name: "M3-Max", memory: 96 << 30, bandwidth: 400e9, float32: 14.3e12, half: 14.3e12,
    int8: 14.3e12)
}
