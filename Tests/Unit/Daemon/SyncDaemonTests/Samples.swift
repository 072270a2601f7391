@testable import GitStore

/// Values that several suites need.
enum Samples {
  /// A commit whose id repeats one character.
  static func commit(_ character: Character, _ summary: String = "Change") -> CommitInfo {
    let author = CommitInfo.Signature(name: "Anna", email: "anna@example.org", time: 1_700_000_000)
    return CommitInfo(
      id: String(repeating: character, count: 40), author: author, committer: author, summary: summary, parents: [])
  }
}
