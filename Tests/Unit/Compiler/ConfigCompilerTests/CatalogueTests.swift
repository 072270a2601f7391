import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import TestSupport
import Testing

/// Every code is described, its bad example triggers it, and its good example is clean.
@Suite struct CatalogueTests {
  @Test func baseIsClean() async {
    let compilation = await MemoryRepository(Example([])).compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
  }

  @Test(arguments: DiagnosticCode.allCases)
  func codeIsDescribed(_ code: DiagnosticCode) {
    #expect(code.isDescribed)
    #expect(!code.entry.title.isEmpty && !code.entry.explanation.isEmpty)
  }

  @Test(arguments: DiagnosticCode.allCases.filter { !$0.isAboutChanges })
  func badExampleTriggersItsCode(_ code: DiagnosticCode) async {
    let compilation = await MemoryRepository(code.entry.bad).compile()
    #expect(compilation.diagnostics.contains { $0.code == code }, "\(compilation.text)")
    expectGolden(compilation.text, at: "\(folder())/Golden/err/\(code.rawValue).out")
  }

  @Test(arguments: DiagnosticCode.allCases.filter { !$0.isAboutChanges })
  func goodExampleIsClean(_ code: DiagnosticCode) async {
    let compilation = await MemoryRepository(code.entry.good).compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
  }

  /// Deterministic: neither the order of files nor of runs shows.
  @Test func orderOfFilesDoesNotMatter() async {
    var repository = MemoryRepository(DiagnosticCode.portTaken.entry.bad)
    let expected = await repository.compile().text
    for _ in 0..<10 {
      repository.entries.shuffle()
      let shuffled = RepositoryTree(entries: repository.entries)
      let compilation = await Compiler.compile(
        shuffled, contents: repository.contents, now: .init(unixSeconds: 1_780_272_000))
      #expect(compilation.text == expected)
    }
  }
}
