import TextFormats
import TestSupport
import Testing

/// Files and trees made to hurt: each gives a located diagnostic and exit code 1, in little memory, without a crash.
@Suite struct HostileTests {
  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let code: String
    let bytes: [UInt8]
    var path = "orgs/acme/keys/hostile.yaml"
    var testDescription: String { name }

    init(_ name: String, _ code: String, _ text: String, path: String = "orgs/acme/keys/hostile.yaml") {
      self.init(name, code, bytes: Array(text.utf8))
      self.path = path
    }
    init(_ name: String, _ code: String, bytes: [UInt8]) {
      self.name = name
      self.code = code
      self.bytes = bytes
    }
  }

  static let head = "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: hostile\nspec:\n"

  static let attacks: [Attack] = [
    Attack(
      "alias bomb", "WPX1107",
      (0..<30).reduce("a0: &a0 [x, x]\n") { text, level in
        text + "a\(level + 1): &a\(level + 1) [*a\(level), *a\(level), *a\(level)]\n"
      }),
    Attack("a mapping of many keys", "WPX1201", head + (0..<12_000).map { "  key\($0): 1\n" }.joined()),
    Attack("many equal keys", "WPX1106", head + String(repeating: "  alias: x\n", count: 12_000)),
    Attack("1,000 lists in each other", "WPX1111", head + "  alias: " + String(repeating: "[", count: 1_000)),
    Attack("1,000 mappings in each other", "WPX1111", head + "  alias: " + String(repeating: "{a: ", count: 1_000)),
    Attack("1,000 dashes", "WPX1111", String(repeating: "- ", count: 1_000)),
    Attack("100,000 brackets", "WPX1111", String(repeating: "[", count: 100_000)),
    Attack("complex key", "WPX1110", "? [a, b]\n: c\n"),
    Attack("complex key of a mapping", "WPX1110", "{{a: b}: c}\n"),
    Attack("U+2028", "WPX1103", head + "  alias: a\u{2028}b\n"),
    Attack("U+0085", "WPX1103", head + "  alias: a\u{85}b\n"),
    Attack("bidirectional override", "WPX1104", head + "  alias: a\u{202E}b\n"),
    Attack(
      "no for a boolean", "WPX1209", head.replacing("Key", with: "Relay") + "  deletionProtection: no\n",
      path: "orgs/acme/relays/hostile.yaml"),
    Attack(
      "base-60 number", "WPX1203", head.replacing("Key", with: "Relay") + "  port: 1:20\n",
      path: "orgs/acme/relays/hostile.yaml"),
    Attack("duplicate keys", "WPX1106", head + "  alias: a\n  alias: b\n"),
    Attack("invalid UTF-8", "WPX1101", bytes: Array(head.utf8) + Array("  alias: ".utf8) + [0xFF, 0xFE, 0x0A]),
    Attack("overlong UTF-8", "WPX1101", bytes: Array(head.utf8) + [0xC0, 0xAF]),
    Attack("UTF-16", "WPX1101", bytes: [0xFF, 0xFE, 0x61, 0x00]),
    Attack("NUL", "WPX1102", bytes: Array(head.utf8) + [0x00]),
    Attack("a scalar of 10 MB", "WPX1005", head + "  alias: " + String(repeating: "x", count: 10_000_000)),
    Attack("a document of 300 KiB", "WPX1112", head + "  alias: >\n" + String(repeating: "    text\n", count: 35_000)),
    Attack("merge key", "WPX1108", head + "  <<: {alias: x}\n"),
    Attack("tag", "WPX1109", head + "  alias: !!python/object:os.system x\n"),
    Attack("directive", "WPX1114", "%YAML 1.1\n---\n" + head),
    Attack("tab", "WPX1105", "spec:\n\tname: x\n"),
    Attack("unclosed quote", "WPX1113", head + "  alias: \"x\n"),
    Attack("binary", "WPX1101", bytes: (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }),
    Attack("many documents", "WPX1202", String(repeating: "---\na: 1\n", count: 5_000)),
  ]

  @Test(arguments: attacks)
  func fileIsRefused(_ attack: Attack) throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let idle = try Wpex.run("validate", "--repo", repo, "--format", "json", folder: folder)
      try ExternalCommand.write(attack.bytes, to: "\(repo)/\(attack.path)")
      let outcome = try Wpex.run("validate", "--repo", repo, "--format", "json", folder: folder)
      #expect(outcome.status == 1, "\(outcome.errors)")
      let diagnostics = try #require(try JSON(parsing: outcome.output.utf8)["diagnostics"]?.elements)
      let found = diagnostics.first { $0["code"]?.text == attack.code && $0["path"]?.text == attack.path }
      #expect(found?["range"]?["start"]?["line"]?.int != nil, "\(diagnostics.prefix(3).map { $0.text() })")
      #expect(outcome.peakMemory < idle.peakMemory + 64 * 1_024, "\(idle.peakMemory) → \(outcome.peakMemory) KiB")
      // The same, for people: nothing of the file reaches the terminal that it would obey.
      let text = try Wpex.run("validate", "--repo", repo, folder: folder)
      #expect(text.status == 1)
      #expect(
        text.errors.unicodeScalars.allSatisfy { $0 == "\n" || !($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) })
    }
  }

  @Test func treesAreRefusedFromTheFolder() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let shell = """
        cd '\(repo)' && ln -s /etc/passwd orgs/acme/keys/link.yaml && ln -s . orgs/acme/loop && mkfifo orgs/acme/keys/fifo.yaml \
        && cp orgs/acme/keys/core.yaml orgs/acme/keys/CORE.yaml && mkdir -p docs/.GIT && touch docs/.GIT/config
        """
      try #require(try ExternalCommand.run("/bin/sh", ["-c", shell], folder: folder).status == 0)
      try expect(["WPX1001": 3, "WPX1003": 1, "WPX1004": 1], ["--repo", repo], folder)
    }
  }

  @Test func treesAreRefusedFromGit() throws {
    try ExternalCommand.withFolder { folder in
      let repo = try Wpex.sample(in: folder)
      let shell = """
        cd '\(repo)' && git init -q . && git add -A && blob=$(echo x | git hash-object -w --stdin) \
        && git update-index --add --cacheinfo 160000,1234567890123456789012345678901234567890,orgs/acme/sub \
        && git update-index --add --cacheinfo 120000,$blob,orgs/acme/keys/link.yaml \
        && git update-index --add --cacheinfo 100644,$blob,orgs/acme/keys/CORE.yaml \
        && git -c user.name=t -c user.email=t@example.net commit -qm hostile && git clone -q --bare . '\(folder)/bare.git'
        """
      let made = try ExternalCommand.run("/bin/sh", ["-c", shell], folder: folder)
      try #require(made.status == 0, "\(made.errors)")
      for place in [repo, folder + "/bare.git"] {
        try expect(["WPX1001": 1, "WPX1002": 1, "WPX1004": 1], ["--repo", place, "--rev", "HEAD"], folder)
      }
      // A tree object that no honest Git writes.
      let literal = """
        cd '\(folder)/bare.git' && blob=$(echo x | git hash-object -w --stdin) \
        && inner=$(printf '100644 blob %s\\tpasswd\\n' $blob | git mktree) \
        && printf '40000 ..\\0' > t && printf "$(echo $inner | sed 's/../\\\\x&/g')" >> t \
        && root=$(git hash-object -t tree -w --literally t) \
        && git -c user.name=t -c user.email=t@example.net commit-tree -m evil $root
        """
      let commit = try ExternalCommand.run("/bin/bash", ["-c", literal], folder: folder)
      try #require(commit.status == 0, "\(commit.errors)")
      let id = String(commit.output.prefix(40))
      let refused = try ExternalCommand.run(
        Wpex.path, ["validate", "--repo", folder + "/bare.git", "--rev", id], folder: folder)
      // Nothing of such a commit is read: it is refused as a whole.
      #expect(refused.status == 3 && refused.errors.contains(id.prefix(12)), "\(refused.errors)")
    }
  }

  private func expect(_ codes: [String: Int], _ arguments: [String], _ folder: String) throws {
    let outcome = try ExternalCommand.run(Wpex.path, ["validate", "--format", "json"] + arguments, folder: folder)
    #expect(outcome.status == 1, "\(outcome.errors)")
    let diagnostics = try #require(try JSON(parsing: outcome.output.utf8)["diagnostics"]?.elements)
    for (code, count) in codes {
      let found = diagnostics.filter { $0["code"]?.text == code }
      #expect(found.count == count, "\(code): \(found.map { $0.text() })")
    }
  }
}
