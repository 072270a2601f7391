import TextFormats

/// A plan with the names of the revisions that it compares, ready for output.
package struct PlanReport: Sendable {
  /// One side of the comparison.
  package struct Side: Sendable {
    /// The revision as the user specified it, or a substitute.
    package let revision: String
    /// The commit's id; nil for a working folder.
    package let commit: String?

    package init(revision: String, commit: String?) {
      self.revision = revision
      self.commit = commit
    }

    var shown: String {
      commit.map { $0.hasPrefix(revision) ? revision : "\(revision) (\($0.prefix(12)))" } ?? revision
    }
  }

  /// Output formats.
  package enum Form: String, Sendable, CaseIterable { case text, markdown, json }

  let plan: ChangePlan
  let base: Side
  let head: Side

  package init(_ plan: ChangePlan, base: Side, head: Side) {
    self.plan = plan
    self.base = base
    self.head = head
  }

  /// Returns the report in a format.
  ///
  /// - Parameters:
  ///   - colors: whether to use terminal colors in `text`.
  ///   - fullText: for `markdown`, Markdown that says where to find the full text.
  package func text(_ form: Form, colors: Bool = false, fullText: String? = nil) -> String {
    switch form {
    case .text: PlanText(self, colors: colors).text
    case .markdown: PlanMarkdown(self, fullText: fullText).text
    case .json: json.text(.indented) + "\n"
    }
  }
}
