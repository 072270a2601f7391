import FoundationEssentials
import RelayCore
import TestSupport
import Testing

import TextFormats

@testable import RelayServer

/// The tables of docs/relay.md are what the program says of itself (`make golden` writes them anew).
@Suite struct ReferenceTests {
  private func table(_ head: [String], _ rows: [[String]]) -> String {
    let lines = [head, head.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  private var tables: [String: String] {
    [
      "metrics": table(
        ["Metric", "Kind", "Labels", "Meaning"],
        MetricsText.all.map {
          ["`\($0.name)`", $0.kind.rawValue, $0.labels.map { "`\($0)`" }.joined(separator: ", "), $0.help]
        }),
      "drops": table(["Reason", "Meaning"], DropReason.allCases.map { ["`\($0.label)`", $0.explanation] }),
      "events": table(["Event", "Meaning"], LogEvent.allCases.map { ["`\($0.rawValue)`", $0.explanation] }),
    ]
  }

  @Test func documentationIsUpToDate() throws {
    let path = packageRoot + "/docs/relay.md"
    let data = try #require(FileManager.default.contents(atPath: path))
    var text = String(decoding: data, as: UTF8.self)
    for (name, table) in tables {
      let begin = try #require(text.firstRange(of: "<!-- begin \(name) -->\n"))
      let end = try #require(text.firstRange(of: "<!-- end \(name) -->"))
      text.replaceSubrange(begin.upperBound..<end.lowerBound, with: table + "\n")
    }
    expectGolden(text, at: path)
  }

  @Test func namesAreUnique() {
    #expect(Set(MetricsText.all.map(\.name)).count == MetricsText.all.count)
    #expect(Set(DropReason.allCases.map(\.label)).count == DropReason.allCases.count)
  }
}
