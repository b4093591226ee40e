import Numerics

/// The project's generator; a property test prints its seed, and anyone can repeat it.
public typealias SeededGenerator = Numerics.SeededGenerator
