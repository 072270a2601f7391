/// A look at this process's own counts, in slices between which the control thread does other work.
///
/// Keys come before sessions. A session that ends meanwhile adds to the counts of its keys, which have been read, so nothing
/// counts twice. What a look misses is found by the next one.
struct CountWalk {
  /// Keys and sessions in one slice.
  static let slice = 1_000
  /// Slices in which a look ends, however many sessions there are.
  private static let maxSlices = 200

  /// Keys when the look began.
  let keys: [KeyID]
  /// Number of keys that were read.
  var keysRead = 0
  /// Number of sessions that were read.
  var sessionsRead = 0
  /// Counts so far.
  var counts: [KeyID: KeyCount] = [:]
  /// Keys whose counts have to be compared with what the members know; nil until all sessions have been read.
  var uncompared: [KeyID]?

  init(of keys: [KeyID]) {
    self.keys = keys
    counts.reserveCapacity(keys.count)
  }

  /// Adds what a key has done in a session.
  mutating func add(_ end: SessionEnd) { counts[end.key] = (counts[end.key] ?? KeyCount()) + end.count }

  /// Returns the length of a slice.
  static func slice(ofSessions count: Int) -> Int { max(slice, count / maxSlices) }
}
