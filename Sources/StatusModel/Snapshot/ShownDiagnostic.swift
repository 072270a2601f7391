import ConfigCompiler
import Diagnostics

/// A diagnostic of the newest commit, and whose it is.
struct ShownDiagnostic: Sendable {
  /// Nil where it stands outside the organizations' folders.
  let org: String?
  let diagnostic: Diagnostic
  /// Whether a label lies in what is not the organization's own.
  let hasForeignLabels: Bool
  private let files: SourceFiles

  static func all(of compilation: Compilation) -> [ShownDiagnostic] {
    let files = SourceFiles(of: compilation.diagnostics, compilation.source)
    return compilation.diagnostics.map { diagnostic in
      let org = organization(of: diagnostic.primary.location.path)
      return ShownDiagnostic(
        org: org, diagnostic: diagnostic,
        hasForeignLabels: diagnostic.related.contains { organization(of: $0.location.path) != org }, files: files)
    }
  }

  private static func organization(of path: String) -> String? {
    let parts = path.split(separator: "/", maxSplits: 2)
    return parts.count == 3 && parts[0] == "orgs" ? String(parts[1]) : nil
  }

  /// Where it is, with the lines concerned; without what lies outside of the viewer's reach.
  func excerpt(within reach: Scope.Reach) -> DiagnosticReport.Excerpt? {
    var shown = diagnostic
    shown.related.removeAll { !reach.contains(Self.organization(of: $0.location.path)) }
    return DiagnosticReport([shown], files: files).excerpts.first
  }

  /// What it says; messages that involve other organizations' things may name them.
  func message(within reach: Scope.Reach) -> String {
    isWithheld(within: reach) ? "\(diagnostic.code.entry.title); it involves what you may not see" : diagnostic.message
  }

  func help(within reach: Scope.Reach) -> String? { isWithheld(within: reach) ? nil : diagnostic.help }

  private func isWithheld(within reach: Scope.Reach) -> Bool { hasForeignLabels && reach != .everywhere }
}

extension String {
  /// Without anything that could be a key, a token or the digest of one: runs of 40 and more characters of base64.
  var withoutKeyMaterial: String {
    var result: [UInt8] = []
    var run: [UInt8] = []
    func isBase64(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
        true
      default: false
      }
    }
    func end() {
      result += run.count >= 40 ? Array("…".utf8) : run
      run = []
    }
    for byte in utf8 {
      if isBase64(byte) {
        run.append(byte)
      } else {
        end()
        result.append(byte)
      }
    }
    end()
    return String(decoding: result, as: UTF8.self)
  }
}
