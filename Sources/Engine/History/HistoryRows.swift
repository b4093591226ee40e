import GRDB

/// What is read of a measurement's row.
///
/// Decoded rather than subscripted: on a damaged file a value may be of another type than its column
/// says, which is an error here and would end the process there.
struct RunRow: Decodable, FetchableRecord {
  var id: Int
  var finished: Int
  var bytes: Int
  var origin: String
  var predictedKL: Double?
  var predictedSigma: Double?
  var planFile: String
  var evaluation: String

  private enum CodingKeys: String, CodingKey {
    case id, finished, bytes, origin, evaluation
    case predictedKL = "predicted_kl"
    case predictedSigma = "predicted_sigma"
    case planFile = "plan_file"
  }
}

/// What the front is found by.
struct TradeOffRow: Decodable, FetchableRecord {
  var id: Int
  var bytes: Int
  var kl: Double
}

/// A model and how often it was measured.
struct ModelRow: Decodable, FetchableRecord {
  var model: String
  var name: String
  var runs: Int
  var latest: Int
}
