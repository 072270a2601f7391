import Diagnostics
import TextFormats
import TestSupport
import Testing

@Suite struct ReportTests {
  /// A report with everything that is hard to show.
  static let report: DiagnosticReport = {
    let files = [
      SourceFile(
        path: "orgs/acme/relays/milan-1.yaml", text: "spec:\n  port: 30101\n  region: eu-söder\n  alias: 日本 x\n"),
      SourceFile(
        path: "orgs/acme/keys/a b%.yaml",
        text: "one\r\n\ttwo: \"\u{1B}[31mred\"\r\n" + String(repeating: "x", count: 400) + "HERE"
          + String(repeating: "y", count: 400) + "\n"),
      SourceFile(path: "empty.yaml", text: ""),
    ]
    func label(_ path: String, _ start: Int, _ end: Int, _ text: String? = nil) -> Diagnostic.Label {
      Diagnostic.Label(SourceLocation(path: path, range: SourceRange(start, end)), text)
    }
    let relay = "orgs/acme/relays/milan-1.yaml"
    let key = "orgs/acme/keys/a b%.yaml"
    let diagnostics = [
      Diagnostic(.missingPlatform, "a file without text", at: label("empty.yaml", 0, 0), help: "write some"),
      Diagnostic(.missingOrganization, "a file that is not there", at: label("gone.yaml", 0, 0)),
      Diagnostic(.wrongType, "escapes \u{1B}[31m in a <message> & \"quotes\"", at: label(key, 12, 20, "red")),
      Diagnostic(.malformedValue, "a long line", at: label(key, 428, 432, "here")),
      Diagnostic(
        .portTaken, "port 30101 is taken", at: label(relay, 14, 19, "taken"),
        related: [label(relay, 0, 4, "in this spec"), label(key, 0, 3, "and there")], notes: ["a note"],
        help: "some help",
        fixes: [
          Diagnostic.Fix(
            "use 30102",
            edits: [Diagnostic.Edit(SourceLocation(path: relay, range: SourceRange(14, 19)), "30102")], isCertain: false
          )
        ]),
      Diagnostic(.keyExpiresSoon, "wide characters", at: label(relay, 51, 57, "two columns each")),
      Diagnostic(.unknownRegion, "over lines", at: label(relay, 8, 40, "all of this")),
    ]
    return DiagnosticReport(diagnostics.inFileOrder(), files: SourceFiles(files))
  }()

  @Test(arguments: ReportFormat.allCases)
  func golden(_ format: ReportFormat) {
    expectGolden(Self.report.text(format, width: 100), at: "\(folder())/Golden/report.\(format.rawValue)")
  }

  @Test func colorsOnlyWhereAsked() {
    #expect(!Self.report.text(.text).contains("\u{1B}"))
    #expect(Self.report.text(.text, colors: true).contains("\u{1B}[1;31merror[WPX1403]"))
  }

  private static let sarifSchema = Judge.vectors + "/sarif-schema-2.1.0.json"

  @Test(
    .enabled(
      if: ExternalCommand.exists(sarifSchema),
      """
      ../shared/vectors/sarif-schema-2.1.0.json is missing; it is sarif-schema-2.1.0.json of \
      https://github.com/oasis-tcs/sarif-spec
      """))
  func sarifIsValid() throws {
    try ExternalCommand.withFolder { folder in
      for report in [Self.report, DiagnosticReport([], files: SourceFiles([]))] {
        try ExternalCommand.write(Array(report.text(.sarif).utf8), to: folder + "/report.sarif")
        let outcome = try Judge.run(
          "sarif.py", folder + "/report.sarif", Self.sarifSchema, folder: folder)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      }
    }
  }

  @Test func gitlabReportIsValid() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(Self.report.text(.gitlab).utf8), to: folder + "/report.json")
      let outcome = try ExternalCommand.run(
        Judge.python,
        [
          "-m", "check_jsonschema", "--schemafile", "\(packageRoot)/scripts/judges/gitlab-codequality.schema.json",
          folder + "/report.json",
        ], folder: folder)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
    let fingerprints = try #require(Self.report.gitlab.elements).compactMap { $0["fingerprint"]?.text }
    #expect(Set(fingerprints).count == Self.report.diagnostics.count)
  }

  @Test(.enabled(if: Judge.variable("WPEX_JUNIT_XSD") != nil, "make test names the XML Schema"))
  func junitReportIsValid() throws {
    let schema = try #require(Judge.variable("WPEX_JUNIT_XSD"))
    try ExternalCommand.withFolder { folder in
      for report in [Self.report, DiagnosticReport([], files: SourceFiles([]))] {
        try ExternalCommand.write(Array(report.text(.junit).utf8), to: folder + "/report.xml")
        let outcome = try Judge.run("junit.py", folder + "/report.xml", schema, folder: folder)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      }
    }
  }

  /// A fingerprint survives lines that come before.
  @Test func fingerprintsDoNotMoveWithLines() throws {
    func fingerprint(_ text: String) throws -> String? {
      let file = SourceFile(path: "x.yaml", text: text)
      let start = try #require(text.utf8.firstIndex(of: UInt8(ascii: "p"))).utf16Offset(in: text)
      let label = Diagnostic.Label(SourceLocation(path: "x.yaml", range: SourceRange(start, start + 4)))
      let report = DiagnosticReport([Diagnostic(.unknownField, "m", at: label)], files: SourceFiles([file]))
      return report.gitlab.elements?.first?["fingerprint"]?.text
    }
    #expect(try fingerprint("prot: 1\n") == fingerprint("# one\n# two\nprot: 1\n"))
    #expect(try fingerprint("prot: 1\n") != fingerprint("prat: 1\n"))
  }

  @Test func githubShowsTenOfEachAndCountsTheRest() {
    let label = Diagnostic.Label(SourceLocation(path: "x.yaml", range: .fileStart))
    let many = (0..<25).map { Diagnostic(.unknownField, "m\($0)", at: label) }
    let lines = DiagnosticReport(many, files: SourceFiles([])).text(.github).split(separator: "\n")
    #expect(lines.count == 11 && lines.last?.hasPrefix("::notice::15 more") == true)
  }

  /// Any range in any file can be shown.
  @Test func anyRangeCanBeShown() {
    let text = "a: é\r\n\n\t日本: \u{301}x\n" + String(repeating: "w", count: 300)
    let file = SourceFile(path: "x.yaml", text: text)
    for _ in 0..<2_000 {
      let range = SourceRange(Int.random(in: 0...400), Int.random(in: 0...400))
      let label = Diagnostic.Label(SourceLocation(path: "x.yaml", range: range), "here")
      let report = DiagnosticReport(
        [Diagnostic(.unknownField, "m", at: label, related: [label])], files: SourceFiles([file]))
      for format in ReportFormat.allCases { #expect(!report.text(format, width: 60).isEmpty) }
    }
  }
}
