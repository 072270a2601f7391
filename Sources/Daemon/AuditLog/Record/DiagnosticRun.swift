import TextFormats

/// A measurement from a relay, as stored in the detail of its two audit records: one before it starts, one with its
/// result.
package struct DiagnosticRun: Sendable, Equatable {
  /// Type of measurement.
  package enum Kind: String, CaseIterable, Sendable {
    case ping, traceroute
    /// A series of pings.
    case bench
  }

  /// Progress or result of a measurement.
  package enum Outcome: String, CaseIterable, Sendable {
    /// The measurement is about to start.
    case begun
    /// The target answered.
    case reached
    /// The target did not answer.
    case unanswered
    /// The relay refused, or the permission is missing.
    case refused
    /// The relay could not be reached, or did not answer.
    case failed
  }

  /// Type of measurement.
  package let kind: Kind
  /// Host name or address, without spaces.
  package let target: String
  /// Progress or result.
  package let outcome: Outcome
  /// Result in one line; may be empty.
  package let summary: String

  /// Creates a measurement.
  package init(_ kind: Kind, of target: String, _ outcome: Outcome, summary: String = "") {
    self.kind = kind
    self.target = target
    self.outcome = outcome
    self.summary = summary
  }

  /// Text of the record's detail, such as `ping 192.0.2.1: reached; 4 of 4 answered`.
  package var detail: String {
    "\(kind.rawValue) \(target): \(outcome.rawValue)\(summary.isEmpty ? "" : "; \(summary)")"
  }

  /// Parses the text of `detail`; nil if it has another form.
  package init?(detail: String) {
    let words = detail.separated(at: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, let kind = Kind(rawValue: String(words[0])), words[1].hasSuffix(":"), words[1].count > 1
    else { return nil }
    let rest = words[2].separated(at: ";", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = rest.first, let outcome = Outcome(rawValue: String(first)) else { return nil }
    let summary = rest.count == 2 ? String(rest[1].drop { $0 == " " }) : ""
    self.init(kind, of: String(words[1].dropLast()), outcome, summary: summary)
  }

  /// Returns the key of one of a run's two records, which share the run's id.
  package static func key(_ id: String, hasEnded: Bool) -> String {
    "diagnostics/\(id)/\(hasEnded ? "ended" : "begun")"
  }

  /// Returns the id of a run from the key of one of its records; nil for other keys.
  package static func id(ofKey key: String) -> String? {
    let parts = key.separated(at: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "diagnostics", !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }
}
