/// How much a problem matters.
package enum Severity: String, Sendable, CaseIterable {
  /// The repository cannot be applied as it is.
  case error
  /// The repository can be applied, but somebody should look.
  case warning
}

/// One problem of a repository: what it is, where, what else is involved, and what to do.
package struct Diagnostic: Sendable, Equatable {
  package var code: DiagnosticCode
  package var severity: Severity
  /// One sentence without a final full stop, in lower case, names in backquotes.
  package var message: String
  /// The place to look at first.
  package var primary: Label
  /// Other places which explain the problem: the other side of a conflict, a limit's declaration.
  package var related: [Label]
  /// Facts that help to understand the problem.
  package var notes: [String]
  /// What to do, as an instruction.
  package var help: String?
  /// Edits that mend the problem.
  package var fixes: [Fix]

  package init(
    _ code: DiagnosticCode, _ message: String, at primary: Label, related: [Label] = [], notes: [String] = [],
    help: String? = nil, fixes: [Fix] = []
  ) {
    self.code = code
    self.severity = code.entry.severity
    self.message = message
    self.primary = primary
    self.related = related
    self.notes = notes
    self.help = help
    self.fixes = fixes
  }

  /// A place and, where there is something to say about it, a short text shown beneath it.
  package struct Label: Sendable, Equatable {
    package var location: SourceLocation
    package var text: String?

    package init(_ location: SourceLocation, _ text: String? = nil) {
      self.location = location
      self.text = text
    }
  }

  /// A set of edits that a machine can apply.
  package struct Fix: Sendable, Equatable {
    /// What the edits do, as an instruction: "replace `prot` by `port`".
    package var title: String
    package var edits: [Edit]
    /// Whether the result is surely what was meant, so that `wpex validate --fix` may apply it unasked.
    package var isCertain: Bool

    package init(_ title: String, edits: [Edit], isCertain: Bool) {
      self.title = title
      self.edits = edits
      self.isCertain = isCertain
    }
  }

  /// The replacement of the bytes of one range.
  package struct Edit: Sendable, Equatable {
    package var location: SourceLocation
    package var replacement: String

    package init(_ location: SourceLocation, _ replacement: String) {
      self.location = location
      self.replacement = replacement
    }
  }
}

extension Sequence<Diagnostic> {
  /// The order in which diagnostics are shown: by file, place, code and message.
  package func inFileOrder() -> [Diagnostic] {
    sorted { left, right in
      let leftPlace = left.primary.location
      let rightPlace = right.primary.location
      if leftPlace.path != rightPlace.path { return leftPlace.path < rightPlace.path }
      if leftPlace.range.start != rightPlace.range.start { return leftPlace.range.start < rightPlace.range.start }
      if leftPlace.range.end != rightPlace.range.end { return leftPlace.range.end < rightPlace.range.end }
      if left.code != right.code { return left.code.rawValue < right.code.rawValue }
      return left.message < right.message
    }
  }
}
