import FleetMonitoring
import FoundationEssentials
import TextFormats
import TestSupport
import Testing

/// The tables of docs/monitoring.md are what the program says of itself (`make golden` writes them anew).
@Suite struct ReferenceTests {
  private func table(_ head: [String], _ rows: [[String]]) -> String {
    ([head, head.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  @Test func documentationIsUpToDate() throws {
    let tables = [
      "alerts": table(["Alert", "Raised when"], Alert.Kind.allCases.map { ["`\($0.rawValue)`", $0.meaning] }),
      "fleet": table(
        ["Metric", "Kind", "Labels", "Meaning"],
        FleetMetrics.all.map {
          ["`\($0.name)`", $0.kind.rawValue, $0.labels.map { "`\($0)`" }.joined(separator: ", "), $0.help]
        }),
    ]
    let path = packageRoot + "/docs/monitoring.md"
    var text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    for (name, table) in tables {
      let begin = try #require(text.firstRange(of: "<!-- begin \(name) -->\n"))
      let end = try #require(text.firstRange(of: "<!-- end \(name) -->"))
      text.replaceSubrange(begin.upperBound..<end.lowerBound, with: table + "\n")
    }
    expectGolden(text, at: path)
  }
}
