import RelayWire
import Testing

/// The words for phases, which the API, status.json and pages have in common.
@Suite struct RelayPhaseTests {
  @Test func apiKeepsItsWords() {
    #expect(
      RelayPhase.allCases.map(\.rawValue) == [
        "current", "inProgress", "failed", "stopped", "unreachable", "unknown",
      ])
  }

  @Test func statusDocumentKeepsItsWords() {
    #expect(
      [.current, .inProgress, .failed, .stopped].map(\RelayPhase.words) == [
        "current", "in progress", "failed", "stopped",
      ])
  }

  @Test(arguments: RelayPhase.allCases) func wordsAreRead(_ phase: RelayPhase) {
    #expect(RelayPhase(words: phase.words) == phase)
  }

  @Test(arguments: ["", "inProgress", "Current", "running"]) func otherWordsAreNone(_ words: String) {
    #expect(RelayPhase(words: words) == nil)
  }
}
