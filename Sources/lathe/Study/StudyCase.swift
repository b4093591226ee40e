/// One way to compress, as the study tries it.
struct StudyCase {
  /// What it is called in the table.
  let name: String
  /// Recipes and edits, in order; `SEED` stands for the number of the draw.
  let steps: [Step]
  /// How many draws are averaged.
  let draws: Int

  /// Something that is applied to a plan.
  enum Step {
    case recipe(String)
    case edit(String)
    /// The most loaded quarter of each layer's experts goes: the opposite of what scores say.
    case dropMostLoaded
  }

  init(_ name: String, _ steps: Step..., draws: Int = 1) {
    self.name = name
    self.steps = steps
    self.draws = draws
  }
}

/// Ways to reach about the same size, and which of them has to be better than which.
struct StudyGroup {
  let question: String
  let cases: [StudyCase]
  /// Names of cases: the first has to lose less than the second.
  var claims: [(better: String, worse: String)] = []
}

extension StudyGroup {
  /// What `make study` measures on the bundled model.
  static let all: [StudyGroup] = [
    StudyGroup(
      question: "3 bits for the experts",
      cases: [
        StudyCase("round to nearest", .edit("bits 3 experts")),
        StudyCase("the same, clipped", .edit("bits 3 experts clip")),
        StudyCase("HQQ", .edit("bits 3 experts method hqq")),
        StudyCase("AWQ", .edit("bits 3 experts method awq")),
        StudyCase("GPTQ", .edit("bits 3 experts method gptq")),
        StudyCase("GPTQ, act-order", .edit("bits 3 experts method gptq act-order")),
        StudyCase(
          "GPTQ, sequential", .edit("bits 3 experts method gptq"), .edit("calibrate sequential")),
      ],
      claims: [("GPTQ", "round to nearest"), ("GPTQ, act-order", "round to nearest")]),
    StudyGroup(
      question: "half of the experts' weights zero",
      cases: [
        StudyCase("magnitude", .edit("sparsify 50% experts")),
        StudyCase("Wanda", .edit("sparsify 50% experts method wanda")),
        StudyCase("SparseGPT", .edit("sparsify 50% experts method sparsegpt")),
        StudyCase("SparseGPT, 2:4", .edit("sparsify 2:4 experts method sparsegpt")),
      ],
      claims: [("SparseGPT", "Wanda"), ("Wanda", "magnitude")]),
    StudyGroup(
      question: "a quarter of each layer's experts gone",
      cases: [
        StudyCase("REAP", .recipe("reap ratio=25%")),
        StudyCase("EAN", .recipe("expert-drop score=ean ratio=25%")),
        StudyCase("router load", .recipe("expert-drop score=load ratio=25%")),
        StudyCase("router mass", .recipe("expert-drop score=mass ratio=25%")),
        StudyCase("reconstruction", .recipe("reconstruction count=4")),
        StudyCase("HC-SMoE merging", .recipe("hc-smoe ratio=25%")),
        StudyCase("M-SMoE merging", .recipe("m-smoe ratio=25%")),
        StudyCase("random, mean of 5", .recipe("random-experts ratio=25% seed=SEED"), draws: 5),
        StudyCase("the most loaded", .dropMostLoaded),
      ],
      claims: [("REAP", "random, mean of 5"), ("REAP", "the most loaded")]),
    StudyGroup(
      question: "two of eight blocks gone",
      cases: [
        StudyCase("importance, one shot", .recipe("block-drop count=2 bits=16")),
        StudyCase(
          "importance, iterative", .recipe("block-drop count=2 order=iterative bits=16")),
        StudyCase("window", .recipe("block-drop count=2 order=window bits=16")),
        StudyCase(
          "random, mean of 5", .recipe("block-drop count=2 order=random bits=16 seed=SEED"),
          draws: 5),
      ],
      claims: [("importance, one shot", "random, mean of 5")]),
    StudyGroup(
      question: "half of the experts' neurons gone",
      cases: [
        StudyCase("saliency", .edit("neurons 50% experts")),
        StudyCase("saliency, down refitted", .edit("neurons 50% experts refit")),
      ],
      claims: [("saliency, down refitted", "saliency")]),
    StudyGroup(
      question: "a quarter of the experts at 4 bits, the rest at 2",
      cases: [
        StudyCase("most frequent experts", .recipe("frequent-experts count=4 method=gptq")),
        StudyCase("first blocks", .recipe("first-blocks count=2 method=gptq")),
        StudyCase("block score", .recipe("block-score count=2 method=gptq")),
        StudyCase("outlier linears", .recipe("outlier-linears share=25% method=gptq")),
        StudyCase(
          "random linears, mean of 5",
          .recipe("random-linears share=25% method=gptq seed=SEED"), draws: 5),
      ]),
    StudyGroup(
      question: "the other recipes, as they come, with GPTQ",
      cases: [
        StudyCase("uniform, 4 bits", .recipe("uniform method=gptq")),
        StudyCase("attention dropped", .recipe("attention-drop method=gptq")),
        StudyCase("attention bits", .recipe("attention-bits method=gptq")),
        StudyCase("last blocks", .recipe("last-blocks count=2 method=gptq")),
        StudyCase("down bits", .recipe("down-bits method=gptq")),
        StudyCase("gate and up bits", .recipe("gate-up-bits method=gptq")),
        StudyCase("random blocks", .recipe("random-blocks count=2 method=gptq")),
        StudyCase("phi-mini", .recipe("phi-mini")),
        StudyCase("phi-tiny", .recipe("phi-tiny")),
      ]),
    StudyGroup(
      question: "several at once",
      cases: [
        StudyCase("1 MoE layer gone, 4-bit AWQ", .recipe("layer-drop count=1")),
        StudyCase(
          "REAP 25 %, 4-bit GPTQ", .recipe("reap ratio=25%"), .edit("bits 4 all method gptq")),
        StudyCase(
          "merge 25 %, neurons 75 %, 4-bit GPTQ", .recipe("hc-smoe ratio=25%"),
          .edit("neurons 75% experts refit"), .edit("bits 4 all method gptq")),
      ]),
  ]
}
