import TextFormats

/// A plan as a comment on a pull request, in Markdown.
package struct PlanMarkdown {
  /// The first line, by which an existing comment is found and updated instead of repeated.
  package static let marker = "<!-- wpex-plan -->"
  /// Maximum length in bytes. GitHub and GitLab limit the number of characters, which is never greater.
  package static let maxBytes = 65_536
  /// Maximum number of characters shown of a value.
  private static let maxNameLength = 400

  private let report: PlanReport
  private let fullText: String

  init(_ report: PlanReport, fullText: String?) {
    self.report = report
    self.fullText =
      fullText
      ?? Self.code(
        "wpex plan --base \(ShellText.word(report.base.commit ?? report.base.revision)) --head \(report.head.commit ?? "HEAD")"
      )
  }

  /// The comment. What exceeds the limit is replaced by a link to the full text.
  package var text: String {
    let sides = "\(Self.code(report.base.shown)) → \(Self.code(report.head.shown))"
    var page = Page(limit: Self.maxBytes - 512 - fullText.utf8.count)
    page.add(Self.marker + "\n## wpex plan\n\n" + sides + "\n\n")
    for line in report.plan.summary { page.add(item(line)) }
    for section in report.plan.sections {
      page.begin(
        section.isSecondary
          ? "\n<details><summary>\(section.title) (\(section.lines.count))</summary>\n\n"
          : "\n### \(section.title)\n\n",
        end: section.isSecondary ? "\n</details>\n" : "")
      for line in section.lines { page.add(item(line)) }
      page.end()
    }
    if page.missing > 0 {
      page.close("\n\(counted(page.missing, "more line")); the full text: \(fullText)\n")
    }
    return page.text
  }

  /// Returns a comment that explains why there is no plan.
  package static func refusal(head: PlanReport.Side, errors: Int) -> String {
    marker + "\n## wpex plan\n\n\(code(head.shown)) has \(counted(errors, "error")), so nothing can be planned: "
      + "`wpex validate` shows them.\n"
  }

  private func item(_ line: PlanSection.Line) -> String {
    let text = line.sentence.text(name: Self.code)
    switch line.sign {
    case .added: return "- ➕ \(text)\n"
    case .removed: return "- ➖ \(text)\n"
    case .changed: return "- ✏️ \(text)\n"
    case .warning: return "- ⚠️ \(text)\n"
    case .detail: return "  - \(text)\n"
    case .heading: return "\n\(text)\n\n"
    }
  }

  private static func code(_ text: String) -> String { MarkdownText.code(text, maxLength: maxNameLength) }
}

/// Text of limited size. After the first line that does not fit, further lines are only counted.
private struct Page {
  private(set) var text = ""
  private(set) var missing = 0
  private let limit: Int
  private var size = 0
  private var ending = ""
  private var isOpen = false

  init(limit: Int) { self.limit = limit }

  mutating func begin(_ heading: String, end: String) {
    ending = end
    guard missing == 0, size + heading.utf8.count + end.utf8.count <= limit else { return }
    append(heading)
    isOpen = true
  }

  mutating func add(_ line: String) {
    guard missing == 0, size + line.utf8.count + ending.utf8.count <= limit else {
      missing += 1
      return
    }
    append(line)
  }

  mutating func end() {
    if isOpen { append(ending) }
    isOpen = false
    ending = ""
  }

  mutating func close(_ line: String) { append(line) }

  private mutating func append(_ part: String) {
    text += part
    size += part.utf8.count
  }
}
