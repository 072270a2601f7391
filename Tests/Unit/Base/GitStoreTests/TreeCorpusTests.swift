import GitStore
import TestSupport
import Testing

/// Thousands of broken trees, each of which the real `git fsck` has seen.
@Suite struct TreeCorpusTests {
  private static let count = 4_000

  /// Names that mean something to Git, to a file system or to a terminal, and variations of them.
  private static let names: [[UInt8]] =
    [
      "", ".", "..", "...", "a/b", "/", "a/", "/a", ".git", ".GIT", ".Git", ".git.", ".git ", ".git. .", ".git:x",
      ".git::$INDEX_ALLOCATION",
      ".git:", ".git/x", ".gitx", "git~1", "GIT~1", "git~1.", "git~1 ", "git~1:a", "git~2", "git~11", "xgit~1",
      "a\\.git", "a\\git~1",
      "a\\.git\\b", ".git\\b", "git~1\\b", "a\\b", "\\.git", ".gi\u{200C}t", "\u{FEFF}.git", ".\u{206A}g\u{202E}it",
      ".git\u{200D}",
      ".g\u{131}t", ".gi\u{301}t", "\u{200C}", ".gitmodules", ".GitModules", ".gitmodules ", ".gitmodules.",
      ".gitmodules:x",
      ".gitmodules\u{200C}", "gitmod~1", "GITMOD~4", "gitmod~5", "gitmod~1 .", "gi7eba~1", "gi7eb~10", "gi7e~100",
      "GI7~1000", "gi~10000",
      "g~100000", "~1000000", "~9999999", "~0000000", "gi7eba~0", "gi7eba~1x", "gi7eba~9:x", "gi7ebb~1",
      "a\\.gitmodules", "a\\gitmod~1",
      ".gitattributes", "gitatt~1", ".gitignore", ".mailmap", "con", "nul", "a", "a.b", "a-b", "a0", "A", "b",
      "README.md", "-", "--",
      "\u{E9}", "e\u{301}", "\u{1F600}", "x\u{1B}[31m", "new\nline", "tab\t", " ", "  a", "a ", "sub", "sub.x", "sub-",
      "sub0",
    ].map { Array($0.utf8) }
    + [
      [0xFF], Array(".git".utf8) + [0xFF], Array(".git".utf8) + [0xC0, 0x80],
      Array(".g".utf8) + [0xFF] + Array("it".utf8),
      Array(".git".utf8) + [0xEF, 0xBF, 0xBF], Array(".git".utf8) + [0xEF, 0xBF, 0xBE],
      Array(".git".utf8) + [0xED, 0xA0, 0x80],
      Array(".git".utf8) + [0xE2, 0x80], Array(".git".utf8) + [0xF4, 0x90, 0x80, 0x80],
      [0xE2, 0x80, 0x8C] + Array(".git".utf8),
      Array(".gitmodules".utf8) + [0xFF],
    ]

  private static let modes = [
    "100644", "100755", "40000", "120000", "160000", "100664", "100600", "100640", "0100644", "040000", "0", "", "1",
    "100645", "140000",
    "60000", "20000", "10000", "170000", "777", "644", "1006440", "9", "100648", "-1", "0x1", "40755", "42000",
    "120777", " 100644",
  ]

  private struct Corpus {
    let objects: RawObjects
    let blob: [UInt8]
    let folder: [UInt8]
    var random: SeededGenerator

    init(_ path: String) throws {
      objects = try RawObjects(at: path)
      blob = try objects.write(.blob, Array("x\n".utf8))
      folder = try objects.tree([RawObjects.Entry("100644", "inner", blob)])
      random = SeededGenerator(12)
    }

    private mutating func entry(_ name: [UInt8], _ mode: String) -> RawObjects.Entry {
      let isFolder = mode.hasSuffix("40000") || mode == "40755" || mode == "42000"
      return RawObjects.Entry(mode, name, isFolder ? folder : blob)
    }

    private mutating func soundEntries() -> [RawObjects.Entry] {
      var names = Set(
        ["a", "a.b", "a-b", "a0", "B", "c", "sub", "sub.x", "\u{E9}"].shuffled(using: &random).prefix(
          Int.random(in: 0...6, using: &random)))
      names.insert("z")
      return names.sorted().map {
        entry(Array($0.utf8), ["100644", "100755", "40000", "120000"].randomElement(using: &random) ?? "100644")
      }
    }

    /// A tree with one to three things that may be wrong with it.
    mutating func make() throws -> [UInt8] {
      var entries = soundEntries()
      var isSorted = true
      var cut = 0
      var tail: [UInt8] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<entries.count, using: &random)
        switch Int.random(in: 0..<13, using: &random) {
        case 0...3: entries.append(entry(TreeCorpusTests.names.randomElement(using: &random) ?? [], "100644"))
        case 4: entries.append(entry(TreeCorpusTests.names.randomElement(using: &random) ?? [], "120000"))
        case 5: entries.append(entry(TreeCorpusTests.names.randomElement(using: &random) ?? [], "40000"))
        case 6: entries.append(entry(Array("m".utf8), TreeCorpusTests.modes.randomElement(using: &random) ?? ""))
        case 7: entries[index].id = [UInt8](repeating: 0, count: 20)
        case 8: entries.append(entry(entries[index].name, ["100644", "40000"].randomElement(using: &random) ?? ""))
        case 9:
          isSorted = false
          entries.shuffle(using: &random)
        case 10: cut = Int.random(in: 1...30, using: &random)
        case 11:
          tail = (0..<Int.random(in: 1...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        default:
          // Random bytes of a name, without what would end it.
          let name = (0..<Int.random(in: 1...12, using: &random)).map { _ in UInt8.random(in: 1...255, using: &random) }
          entries.append(entry(name, "100644"))
        }
      }
      // Not both: together they could make an id that names nothing.
      return Array(RawObjects.bytes(entries, isSorted: isSorted).dropLast(cut)) + (cut == 0 ? tail : [])
    }
  }

  @Test func whatFsckCallsAnErrorIsRefused() async throws {
    try await ExternalCommand.withFolder { folder in
      var corpus = try Corpus("\(folder)/corpus.git")
      var commits: [(tree: String, commit: String)] = []
      var bytes: [String: [UInt8]] = [:]
      while commits.count < Self.count {
        let made = try corpus.make()
        let tree = try corpus.objects.write(.tree, made)
        guard bytes.updateValue(made, forKey: RawObjects.hexadecimal(tree)) == nil else { continue }
        commits.append((RawObjects.hexadecimal(tree), try corpus.objects.commit(tree)))
      }
      let outcome = try ExternalCommand.run(
        "/usr/bin/git", ["-C", corpus.objects.path, "fsck", "--strict", "--full", "--no-dangling"], folder: folder,
        environment: ["LC_ALL": "C"])
      // One line for each thing that is wrong: `error in tree ID: what`.
      var said: [String: Set<String>] = [:]
      for line in (outcome.output + outcome.errors).split(separator: "\n") {
        guard let start = line.firstRange(of: " in tree ") else { continue }
        let words = line[start.upperBound...].split(separator: " ")
        guard words.count > 1 else { continue }
        said[String(words[0].dropLast()), default: []].insert("\(line[..<start.lowerBound]) \(words[1])")
      }
      let repository = try GitRepository(at: corpus.objects.path)
      var refused = 0
      for (tree, commit) in commits {
        let found = said[tree] ?? []
        let isBroken = found.contains { $0.hasPrefix("error") && $0 != "error broken" }
        // Beyond fsck, which only warns of them.
        let isOdd = found.contains("warning badFilemode:")
        do {
          _ = try await repository.tree(at: commit)
          #expect(!isBroken && !isOdd, "taken: \(found.sorted()) \(TreeText.text(bytes[tree] ?? []))")
        } catch let error as GitStoreError {
          refused += 1
          #expect(isBroken || isOdd, "refused: \(error) \(TreeText.text(bytes[tree] ?? []))")
          #expect(error.code == .malformed && error.reason.contains(commit.prefix(12)), "\(error)")
          #expect(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 >= 0x80 }, "\(error)")
        }
      }
      // The corpus holds enough of both.
      #expect(refused > 1_000 && commits.count - refused > 300, "\(refused) of \(commits.count)")
    }
  }
}

/// A tree's bytes for a message.
private enum TreeText {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }.joined()
  }
}
