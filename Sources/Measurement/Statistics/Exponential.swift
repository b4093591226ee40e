import Glibc

/// `e` to a power; perplexity is that of the mean negative log-likelihood.
func exponential(_ power: Double) -> Double { exp(power) }
