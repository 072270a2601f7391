import TextFormats

/// A measurement from a relay, as the detail of its audit records tells it: one record before it begins, one of what it came
/// to.
package struct DiagnosticRun: Sendable, Equatable {
  package enum Kind: String, CaseIterable, Sendable {
    case ping, traceroute
    /// Many pings.
    case bench
  }

  package enum Outcome: String, CaseIterable, Sendable {
    case begun
    case reached
    case unanswered
    /// By the relay, or for want of the permission.
    case refused
    /// It could not be asked, or did not answer.
    case failed
  }

  package let kind: Kind
  /// A host name or address, without blanks.
  package let target: String
  package let outcome: Outcome
  /// What was found, in a line.
  package let summary: String

  package init(_ kind: Kind, of target: String, _ outcome: Outcome, summary: String = "") {
    self.kind = kind
    self.target = target
    self.outcome = outcome
    self.summary = summary
  }

  /// Such as `ping 192.0.2.1: reached; 4 of 4 answered`.
  package var detail: String {
    "\(kind.rawValue) \(target): \(outcome.rawValue)\(summary.isEmpty ? "" : "; \(summary)")"
  }

  /// Reads what `detail` wrote.
  package init?(detail: String) {
    let words = detail.separated(at: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, let kind = Kind(rawValue: String(words[0])), words[1].hasSuffix(":"), words[1].count > 1
    else { return nil }
    let rest = words[2].separated(at: ";", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = rest.first, let outcome = Outcome(rawValue: String(first)) else { return nil }
    let summary = rest.count == 2 ? String(rest[1].drop { $0 == " " }) : ""
    self.init(kind, of: String(words[1].dropLast()), outcome, summary: summary)
  }

  /// The keys of its two records; they share what names the run.
  package static func key(_ id: String, hasEnded: Bool) -> String {
    "diagnostics/\(id)/\(hasEnded ? "ended" : "begun")"
  }

  /// What names the run, of the key of one of its records.
  package static func id(ofKey key: String) -> String? {
    let parts = key.separated(at: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "diagnostics", !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }
}
