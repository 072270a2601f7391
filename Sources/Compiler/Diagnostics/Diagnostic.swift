/// A problem in a repository: what it is, where it is, what else is involved, and what to do.
package struct Diagnostic: Sendable, Equatable {
  /// Kind of the problem.
  package var code: DiagnosticCode
  /// Severity, from the code's description.
  package var severity: Severity
  /// One sentence without a final full stop, in lower case, with names in backquotes.
  package var message: String
  /// The most relevant place.
  package var primary: Label
  /// Other places that explain the problem, such as the other side of a conflict, or a limit's declaration.
  package var related: [Label]
  /// Facts that help to understand the problem.
  package var notes: [String]
  /// Instruction for solving the problem; nil if there is none.
  package var help: String?
  /// Fixes that a program can apply.
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

  /// A place, and a short text to show beneath it.
  package struct Label: Sendable, Equatable {
    /// The place.
    package var location: SourceLocation
    /// The text; nil if there is nothing to add.
    package var text: String?

    package init(_ location: SourceLocation, _ text: String? = nil) {
      self.location = location
      self.text = text
    }
  }

  /// A set of edits that a program can apply.
  package struct Fix: Sendable, Equatable {
    /// Effect of the edits, as an instruction: "replace `prot` by `port`".
    package var title: String
    /// The edits, which belong together.
    package var edits: [Edit]
    /// Whether the result is certainly what was meant, so that `wpex validate --fix` may apply it without asking.
    package var isCertain: Bool

    package init(_ title: String, edits: [Edit], isCertain: Bool) {
      self.title = title
      self.edits = edits
      self.isCertain = isCertain
    }
  }

  /// The replacement of a range of bytes.
  package struct Edit: Sendable, Equatable {
    /// The range to replace.
    package var location: SourceLocation
    /// The new text.
    package var replacement: String

    package init(_ location: SourceLocation, _ replacement: String) {
      self.location = location
      self.replacement = replacement
    }
  }
}

extension Sequence<Diagnostic> {
  /// Returns the diagnostics in the order in which they are shown: by file, position, code and message.
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
