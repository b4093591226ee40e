/// `exp` of sixteen floats of at most 88, within 2 units in the last place; 0 below -87.
///
/// Meant for differences from a maximum, which are not positive; `-infinity` gives 0.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  // `x = n ln 2 + r` with `|r| <= ln 2 / 2`; adding 1.5 · 2²³ rounds to an integer, which then
  // stands in the low bits.
  let magic: Float = 12_582_912
  let shifted = x * 1.442_695_04 + magic
  let n = shifted - magic
  // ln 2 in two parts, the first with few bits, so that n times it is exact.
  let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
  // exp(r), with the coefficients of the Cephes library's `expf`.
  var polynomial = r * 1.987_569_15e-4 + 1.398_199_95e-3
  polynomial = polynomial * r + 8.333_451_9e-3
  polynomial = polynomial * r + 4.166_579_6e-2
  polynomial = polynomial * r + 1.666_666_55e-1
  polynomial = polynomial * r + 0.5
  let mantissa = polynomial * (r * r) + r + 1
  // The low bits of `shifted`, moved to the exponent, are the exponent of 2ⁿ less the bias. What
  // too small an `x` makes of all this is garbage, and replaced by 0.
  let power = Lanes(bits: (shifted.bits &<< 23) &+ Lanes(repeating: 1).bits)
  return (mantissa * power).replacing(with: 0, where: x .< -87)
}
