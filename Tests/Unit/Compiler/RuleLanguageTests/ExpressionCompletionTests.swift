import ConfigModel
import ConfigSchema
import TestSupport
import Testing

@testable import RuleLanguage

/// What an editor offers while an expression is being written.
@Suite struct ExpressionCompletionTests {
  private func names(_ text: String, _ kind: Kind? = .relay) -> [String] {
    ExpressionCompletion(after: text, over: kind).items.map(\.name)
  }

  private func fields(_ kind: Kind, _ path: String...) -> [String] {
    FieldCompletion.fields(of: kind, at: path).map(\.name)
  }

  @Test func fieldsFollowAPoint() {
    #expect(names("spec.") == fields(.relay, "spec"))
    #expect(names("has(old.spec.probes) && old.spec.ke") == fields(.relay, "spec"))
    #expect(names("!has(spec.keys.sel") == fields(.relay, "spec", "keys"))
    #expect(names("spec.site.", .key) == fields(.key, "spec", "site"))
    #expect(names("(spec).") == fields(.relay, "spec"))
    #expect(names("spec['keys'].") == fields(.relay, "spec", "keys"))
    #expect(names("spec.probes[0].") == fields(.relay, "spec", "probes"))
    #expect(ExpressionCompletion(after: "spec.ke", over: .relay).written == 2)
  }

  @Test func variablesOfMacrosHaveFields() {
    #expect(names("spec.probes.all(p, has(p.") == fields(.relay, "spec", "probes"))
    #expect(names("spec.probes.filter(p, has(p.ping)).exists(q, q.") == fields(.relay, "spec", "probes"))
    #expect(names("spec.probes.all(p, ").first == "p")
    #expect(names("spec.probes.all(p, p.ping == '') && p.").contains("ping") == false)
    #expect(names("metadata.labels.all(l, l.").contains("startsWith"))
    #expect(names("spec.probes.all(") == [])
  }

  @Test func functionsFollowTheirValues() {
    #expect(names("metadata.name.") == ["startsWith", "endsWith", "contains", "matches", "size"])
    #expect(names("spec.roles.", .user) == ["all", "exists", "filter", "size"])
    #expect(names("spec.port.") == [])
    #expect(names("spec.nothing.").contains("size"))
  }

  @Test func valuesAreThoseOfTheField() {
    let exposures = ["HostPort", "LoadBalancer", "NodePort"]
    #expect(Set(names("spec.exposure == '")) == Set(exposures))
    #expect(Set(names("spec.exposure in ['HostPort', 'Load")) == Set(exposures))
    #expect(names("spec.exposure != ").prefix(3).allSatisfy(exposures.contains))
    #expect(ExpressionCompletion(after: "spec.exposure != ", over: .relay).items.first?.text.hasPrefix("'") == true)
    #expect(names("spec.port == '") == [])
    #expect(names("metadata.name == '") == [])
  }

  @Test func operandsBeginWithTheDocument() {
    for text in ["", "!", "(", "spec.port > 1 && ", "has(", "'a' in ", "ol", "[1, "] {
      let found = names(text)
      #expect(Set(["metadata", "spec", "old", "has"]).isSubset(of: found), "\(text): \(found)")
    }
    for text in ["spec.port ", "spec.port > 1", "spec)", "'a'", "// sp", "spec // it", "spec + ", "r'^10"] {
      #expect(names(text) == [], "\(text)")
    }
    #expect(names("spec.", nil).contains("size"))
  }

  /// Whatever is written, every place of it can be asked for.
  @Test(arguments: 0..<200 as Range<UInt64>) func noTextIsTooStrange(_ seed: UInt64) {
    var generator = SeededGenerator(seed)
    let pieces = [
      "spec", ".", "old", "(", ")", "[", "]", "'", "\"", "all", "p", ",", " ", "in", "==", "r'", "\\", "é", "//", "\n",
      "1",
    ]
    var text = ""
    for _ in 0..<40 {
      text += pieces.randomElement(using: &generator) ?? ""
      let completion = ExpressionCompletion(after: text, over: .relay)
      #expect(completion.written <= text.utf8.count)
    }
  }
}
