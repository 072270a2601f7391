import TextFormats

/// Last lines of a relay's log.
struct LogView: Sendable {
  /// Most lines shown.
  static let maxCount = 100

  private let lines: [Line]
  private let isTruncated: Bool

  init(_ lines: [String]) {
    self.lines = lines.suffix(Self.maxCount).map { Line($0) }
    isTruncated = lines.count > Self.maxCount
  }

  /// A parsed log line: `2026-11-25T04:00:00.123Z level=info event=… …`. Any other line is text without time and level.
  struct Line: Sendable {
    let time: String?
    let level: String?
    let text: String

    init(_ line: String) {
      let parts = line.split(separator: " ", maxSplits: 2)
      guard parts.count == 3, parts[0].utf8.count >= 20, parts[0].hasSuffix("Z"), parts[1].hasPrefix("level=") else {
        time = nil
        level = nil
        text = line
        return
      }
      time = String(parts[0].prefix(19)) + "Z"
      level = String(parts[1].dropFirst(6))
      text = String(parts[2])
    }
  }

  static let view = ObjectView<LogView>("Log", "The last lines that a relay wrote", org: { _ in nil }) { view in
    view.objects("lines", lineView, "oldest first") { log, _ in log.lines }
    view.boolean("truncated", "whether there were more") { $0.isTruncated }
  }

  private static let lineView = ObjectView<Line>("LogLine", "A line", org: { _ in nil }) { view in
    view.optionalText("at", "when it was written") { $0.time }
    view.optionalText("level", "severity") { $0.level }
    view.freeText("text", "what it says") { $0.text }
  }
}
