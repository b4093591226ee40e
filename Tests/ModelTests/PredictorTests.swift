import Model
import TestSupport
import Testing

struct PredictorTests {
  let spec = ModelSpec.sample(blocks: 4, experts: 8)

  private func plan(_ edits: String...) throws -> Plan {
    var plan = Plan(for: spec)
    for edit in edits { try plan.apply(Edit(parsing: edit), spec: spec, profile: nil) }
    return plan
  }

  private func evaluation(kl: Double, of plan: Plan) -> Evaluation {
    let figures = DomainEvaluation(
      name: "overall", tokens: 100, perplexity: 20, perplexityInterval: Interval(low: 19, high: 21),
      kl: kl, klInterval: Interval(low: kl, high: kl), top1Agreement: 1)
    return Evaluation(
      model: spec.fingerprint, plan: plan.digest, data: Fingerprint(), windows: 1,
      overall: figures, domains: [], tasks: [], seconds: 1, tokensPerSecond: 100, version: "test",
      fraction: 1)
  }

  @Test func `nothing is predicted before anything was measured`() throws {
    var predictor = Predictor(profile: .sample(of: spec))
    #expect(predictor.predict(try plan("drop moe 1")) == nil)
  }

  @Test func `the empty plan is predicted exactly`() throws {
    var predictor = Predictor(profile: .sample(of: spec))
    predictor.observe(evaluation(kl: 0, of: try plan()), of: try plan())
    let prediction = try #require(predictor.predict(try plan()))
    #expect(prediction.kl == 0 && prediction.sigma == 0 && prediction.perplexity == 20)
  }

  @Test func `a plan's own measurement is no part of its prediction`() throws {
    var predictor = Predictor(profile: .sample(of: spec))
    predictor.observe(evaluation(kl: 0, of: try plan()), of: try plan())
    let one = try plan("drop experts 1.3")
    predictor.observe(evaluation(kl: 0.2, of: one), of: one)
    #expect(predictor.predict(one) == nil)
    let other = try plan("drop experts 1.4")
    predictor.observe(evaluation(kl: 0.25, of: other), of: other)
    let without = predictor.predict(one)
    predictor.observe(evaluation(kl: 77, of: one), of: one)
    let with = predictor.predict(one)
    #expect(with == without && without?.measurements == 1)
  }

  @Test(arguments: [
    ("neurons 75% experts", "neurons 50% experts"),
    ("sparsify 25% experts", "sparsify 50% experts"),
    ("merge experts 1.0..1", "merge experts 1.0..5"),
    ("bits 4 experts method gptq", "bits 3 experts method gptq"),
  ])
  func `every kind of choice is seen, and more of it is predicted as worse`(
    _ less: String, _ more: String
  ) throws {
    var predictor = Predictor(profile: .sample(of: spec))
    predictor.observe(evaluation(kl: 0, of: try plan()), of: try plan())
    predictor.observe(
      evaluation(kl: 0.1, of: try plan("drop experts 2.3")), of: try plan("drop experts 2.3"))
    let small = try #require(predictor.predict(try plan(less)))
    let large = try #require(predictor.predict(try plan(more)))
    #expect(small.kl > 0 && large.kl > small.kl)
    var dear = evaluation(kl: 0.2, of: try plan(less))
    dear.overall.perplexity = 30
    predictor.observe(dear, of: try plan(less))
    #expect(predictor.predict(try plan())?.perplexity == 20)
  }

  @Test func `more damage is predicted as worse`() throws {
    var predictor = Predictor(profile: .sample(of: spec))
    predictor.observe(evaluation(kl: 0, of: try plan()), of: try plan())
    let one = try plan("drop experts 1.3")
    predictor.observe(evaluation(kl: 0.2, of: one), of: one)
    let like = try #require(predictor.predict(try plan("drop experts 1.4")))
    let two = try #require(predictor.predict(try plan("drop experts 1.3..4")))
    #expect(two.kl > like.kl && two.sigma > 0)
    let rounded = try #require(predictor.predict(try plan("bits 4 experts")))
    let coarser = try #require(predictor.predict(try plan("bits 3 experts")))
    #expect(coarser.kl > rounded.kl && rounded.kl > 0)
  }

  @Test func `measurements that follow the damage narrow the error, others widen it`() throws {
    func sigma(_ factors: [Double]) throws -> Double {
      var predictor = Predictor(profile: .sample(of: spec))
      predictor.observe(evaluation(kl: 0, of: try plan()), of: try plan())
      for (expert, factor) in factors.enumerated() {
        let plan = try plan("drop experts 2.\(expert + 2)")
        // Load times REAP grows with the expert; that is the damage the sample profile gives.
        let damage = Double(expert + 3) * (Double(expert + 2) / 10 + 2)
        predictor.observe(evaluation(kl: factor * damage / 100, of: plan), of: plan)
      }
      let prediction = try #require(predictor.predict(try plan("drop experts 2.7")))
      return prediction.sigma / prediction.kl
    }
    let (close, far) = (try sigma([1, 1, 1, 1]), try sigma([1, 3, 0.3, 2]))
    #expect(close < 0.5 && far > 1.5 * close)
  }
}
