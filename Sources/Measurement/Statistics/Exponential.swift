import Glibc

/// `e` to a power; perplexity is that of the mean negative log-likelihood.
func exponential(_ power: Double) -> Double { exp(power) }

/// The natural logarithm, which turns a ratio of perplexities into nats.
func logarithm(_ value: Double) -> Double { log(value) }
