package import TextFormats

/// Commit in force: the newest commit of the followed branch that was verified and whose platform has no errors.
///
/// There is one for the whole repository. Every region, the status API and `wpex diag` follow it.
package struct AcceptedCommit: Sendable, Equatable {
  /// The commit's id, 40 hexadecimal digits.
  package let commit: String
  /// Regions that were served and may still have objects, sorted.
  package var regions: [String] = []
  /// Milliseconds since 1970 at which `commit` was accepted.
  package let time: Int64

  package init(_ commit: String, regions: [String] = [], at time: Int64) {
    self.commit = commit
    self.regions = regions
    self.time = time
  }
}

extension AcceptedCommit {
  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = ["version": 1, "commit": .string(commit), "time": .integer(Int(time))]
    members["regions"] = .array(regions.map(JSON.string))
    return .object(members)
  }

  /// Reads the stored form; nil if it is not an accepted commit of this version.
  package init?(_ json: JSON) {
    guard json["version"]?.int == 1, let commit = json["commit"]?.text, let time = json["time"]?.int else { return nil }
    self.init(commit, regions: json["regions"]?.elements?.compactMap(\.text) ?? [], at: Int64(time))
  }
}
