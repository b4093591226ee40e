import Checkpoint
import Model
import Numerics
import Synchronization
import Testing
import Transformer

struct WeightsTests {
  @Test(arguments: Fixture.families)
  func `a weight is the same after its pages were released`(_ family: String) throws {
    let fixture = try Fixture(family)
    for block in fixture.spec.blocks.indices {
      for linear in fixture.spec.linears(ofBlock: block).suffix(12) {
        let role = TensorRole.linear(linear)
        // Without a budget nothing is kept, so both come from the file.
        let weights = CheckpointWeights(fixture.checkpoint, budget: 0)
        let before = try weights.weight(role).array
        fixture.checkpoint.releasePages(of: fixture.spec.region(of: role))
        #expect(try weights.weight(role).array == before, "\(linear)")
      }
    }
  }

  @Test(arguments: ["granitemoe", "gpt_oss"])
  func `experts of a stacked tensor take all of it, each element once`(_ family: String) throws {
    let spec = try Fixture(family).spec
    for tensor in spec.tensors {
      guard case .stacked(let block, _) = tensor.role else { continue }
      var taken = Array(repeating: 0, count: tensor.elements)
      for linear in spec.linears(ofBlock: block) {
        for role in [TensorRole.linear(linear), .bias(linear)] {
          let region = spec.region(of: role)
          guard region.tensor == tensor.role else { continue }
          for row in 0..<region.rows {
            for column in 0..<region.columns {
              taken[region.start + row * region.rowStride + column * region.columnStride] += 1
            }
          }
        }
      }
      #expect(taken.allSatisfy { $0 == 1 }, "\(tensor.name)")
    }
  }

  @Test func `a weight is made once while it fits the budget`() {
    let cache = WeightCache<Int>(budget: 1000)
    var made = 0
    for _ in 0..<3 {
      for key in 0..<2 {
        _ = cache.weight(for: key) {
          made += 1
          return Matrix(rows: 1, columns: 100)
        }
      }
    }
    #expect(made == 2)
    #expect(cache.bytes == 800)
  }

  @Test func `the least recently used weight makes room`() {
    let cache = WeightCache<Int>(budget: 1300)
    var made: [Int] = []
    let use = { (key: Int) in
      _ = cache.weight(for: key) {
        made.append(key)
        return Matrix(rows: 1, columns: 100)
      }
    }
    for key in [1, 2, 3, 1, 4, 1, 2] { use(key) }
    #expect(made == [1, 2, 3, 4, 2])
    #expect(cache.bytes <= 1300)
  }

  @Test func `a weight larger than the budget is made each time`() {
    let cache = WeightCache<Int>(budget: 100)
    var made = 0
    for _ in 0..<2 {
      _ = cache.weight(for: 0) {
        made += 1
        return Matrix(rows: 1, columns: 100)
      }
    }
    #expect(made == 2)
    #expect(cache.bytes == 0)
  }

  @Test func `streamed weights give the same bits as kept ones`() throws {
    let fixture = try Fixture("deepseek")
    let kept = try fixture.pass().hiddenStates(of: fixture.batch).array
    let scratch = Scratch(fill: .nan)
    let streamed = CheckpointWeights(fixture.checkpoint, budget: 0, scratch: scratch)
    let pass = ForwardPass(spec: fixture.spec, weights: streamed, scratch: scratch)
    #expect(try pass.hiddenStates(of: fixture.batch).array == kept)
    #expect(scratch.idleBytes > 0, "weights were dropped and their memory kept for the next ones")
  }

  @Test func `rows of a weight are those of the whole weight`() throws {
    let weights = try Fixture("olmoe").weights
    let whole = try weights.weight(.embedding)
    let rows = try weights.rows([5, 0, 255, 5], of: .embedding)
    #expect(rows.array == [5, 0, 255, 5].flatMap { whole.rows($0..<$0 + 1).array })
    let source: any WeightSource = Wrapped(weights: weights)
    #expect(try source.rows([5, 0, 255, 5], of: .embedding).array == rows.array)
  }
}

/// A source that leaves `rows` to the protocol.
private struct Wrapped: WeightSource {
  let weights: CheckpointWeights

  func weight(_ role: TensorRole) throws -> Matrix { try weights.weight(role) }
}
