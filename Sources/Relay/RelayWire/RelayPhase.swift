/// Phase of a relay, from the target that runs it to the pages that show it. The raw value is the word of the API.
package enum RelayPhase: String, CaseIterable, Sendable {
  /// As declared, and running.
  case current
  /// Not as declared yet.
  case inProgress
  /// Declared to run, and will not without a change.
  case failed
  /// Declared to be off, and off.
  case stopped
  /// Running, but not answering. Targets do not report it: only what asks the relay itself finds it out.
  case unreachable
  /// Not observed, or what runs the relay cannot be queried.
  case unknown

  /// The phase as people and status.json read it.
  package var words: String { self == .inProgress ? "in progress" : rawValue }

  /// Creates a phase from its words; nil if they are not those of a phase.
  package init?(words: String) {
    guard let phase = Self.allCases.first(where: { $0.words == words }) else { return nil }
    self = phase
  }
}
