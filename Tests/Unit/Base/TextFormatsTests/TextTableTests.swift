import Testing
import TextFormats

@Suite struct TextTableTests {
  @Test func columnsAreAsWideAsTheirWidestCells() {
    var table = TextTable(["NAME", "N", "TEXT"])
    table.add(["a", "100", "x"])
    table.add(["longer", "1", ""])
    #expect(table.text == "NAME    N    TEXT\na       100  x\nlonger  1")
  }

  /// Cells may be texts of tenants.
  @Test func controlCharactersAreMadeVisible() {
    var table = TextTable(["A"])
    table.add(["b\u{1B}[31m\nc"])
    #expect(table.text.split(separator: "\n").count == 2)
    #expect(!table.text.unicodeScalars.contains("\u{1B}"))
  }
}
