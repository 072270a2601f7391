import Diagnostics
import TestSupport
import Testing
import YAMLSyntax

/// Places in a scalar's text, found again in the file.
@Suite struct ScalarTextTests {
  /// The part `[…]` of the text is that of the file, in every notation.
  @Test(arguments: [
    "a: spec.[port] == 1", "a: 'spec.[port] == ''x'''", "a: \"spec.[port] == \\\"x\\\"\"",
    "a: >\n  spec.a &&\n  spec.[port] == 1\n", "a: | # a remark\n  spec.a &&\n    spec.[port] == 1\n",
    "a: spec.a &&\n  spec.[port] == 1", "a: \"spec.a &&\n  spec.[port] == 1\"", "é: spec.é == spec.[port]",
    "a: >-\n  [spec.port]", "a: '[spec.port]'", "a: \"é \\\"x\\\" [port]\"", "a: '''[x]'''",
  ])
  func isFound(_ marked: String) throws {
    let text = marked.filter { $0 != "[" && $0 != "]" }
    let file = SourceFile(path: "x.yaml", text: text)
    let node = try #require(YAMLParser.parse(file).documents.first?.root.mapping?.first?.value)
    let part = try #require(marked.split(separator: "[").last?.split(separator: "]").first)
    let scalar = try #require(node.scalar?.text)
    let range = try #require(scalar.ranges(of: part).last)
    let start = scalar.utf8.distance(from: scalar.startIndex, to: range.lowerBound)
    let found = try #require(node.range(ofText: start..<start + part.utf8.count, in: file))
    #expect(String(decoding: file.bytes[Int(found.start)..<Int(found.end)], as: UTF8.self) == String(part))
    let before = marked.split(separator: "[", omittingEmptySubsequences: false).first ?? ""
    #expect(Int(found.start) == before.utf8.count)
  }

  @Test func placeAfterTheEndIsTheLastOne() throws {
    let file = SourceFile(path: "x.yaml", text: "a: (x\nb: 1\n")
    let node = try #require(YAMLParser.parse(file).documents.first?.root["a"])
    #expect(node.range(ofText: 2..<2, in: file) == SourceRange(5, 5))
  }

  @Test func escapedTextHasNoPlaces() throws {
    let file = SourceFile(path: "x.yaml", text: "a: \"\\x41 b\"\n")
    let node = try #require(YAMLParser.parse(file).documents.first?.root["a"])
    #expect(node.range(ofText: 2..<3, in: file) == nil)
  }
}
