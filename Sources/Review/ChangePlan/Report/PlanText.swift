import TextFormats

/// A plan as text for a terminal.
struct PlanText {
  private let report: PlanReport
  private let colors: Bool

  init(_ report: PlanReport, colors: Bool) {
    self.report = report
    self.colors = colors
  }

  var text: String {
    var blocks = [
      ([strong("Plan \(report.base.shown.visible) → \(report.head.shown.visible)")] + report.plan.summary.map(line))
        .joined(separator: "\n")
    ]
    for section in report.plan.sections {
      blocks.append(([strong(section.title)] + section.lines.map(line)).joined(separator: "\n"))
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private func line(_ line: PlanSection.Line) -> String {
    let text = line.sentence.text(name: \.visible)
    if line.sign == .detail { return "      \(text)" }
    if line.sign == .heading { return "  \(text)" }
    return "  " + paint("\(line.sign.rawValue) \(text)", line.sign)
  }

  private func strong(_ text: String) -> String { colors ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  private func paint(_ text: String, _ sign: PlanSection.Sign) -> String {
    guard colors else { return text }
    let code =
      switch sign {
      case .added: "32"
      case .removed: "31"
      case .changed: "36"
      case .warning: "1;33"
      case .detail, .heading: "0"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
