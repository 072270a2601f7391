import TextFormats

/// A plan with the names of what it compares, to be written.
package struct PlanReport: Sendable {
  /// One side.
  package struct Side: Sendable {
    /// As it was asked for, or what stands for it.
    package let revision: String
    /// Nil for a working folder.
    package let commit: String?

    package init(revision: String, commit: String?) {
      self.revision = revision
      self.commit = commit
    }

    var shown: String {
      commit.map { $0.hasPrefix(revision) ? revision : "\(revision) (\($0.prefix(12)))" } ?? revision
    }
  }

  package enum Form: String, Sendable, CaseIterable { case text, markdown, json }

  let plan: ChangePlan
  let base: Side
  let head: Side

  package init(_ plan: ChangePlan, base: Side, head: Side) {
    self.plan = plan
    self.base = base
    self.head = head
  }

  /// - Parameters:
  ///   - colors: for text.
  ///   - fullText: for markdown, where all of it can be read.
  package func text(_ form: Form, colors: Bool = false, fullText: String? = nil) -> String {
    switch form {
    case .text: PlanText(self, colors: colors).text
    case .markdown: PlanMarkdown(self, fullText: fullText).text
    case .json: json.text(.indented) + "\n"
    }
  }
}
