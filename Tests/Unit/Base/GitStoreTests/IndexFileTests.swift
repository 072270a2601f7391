import Foundation
import TestSupport
import Testing

@testable import GitStore

/// The reader of Git's index, against what Git itself says is in it.
@Suite struct IndexFileTests {
  private static let forms: [(name: String, script: String)] = [
    ("version 2", "git update-index --index-version 2"),
    ("version 3", "git update-index --index-version 3; git update-index --skip-worktree a/b.yaml"),
    ("version 4", "git update-index --index-version 4; git update-index --assume-unchanged a/b.yaml"),
    ("split", "git update-index --split-index; echo new > new; rm c; echo changed > a/b.yaml; git add -A"),
    (
      "not merged",
      """
      id=$(git rev-parse :c)
      printf '0 %s\\tc\\n100644 %s 1\\tc\\n' $(echo $id | tr 0-9a-f 0) $id | git update-index --index-info
      """
    ),
  ]

  private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

  @Test(arguments: forms.map(\.name), ["sha1", "sha256"])
  func listsWhatGitLists(_ form: String, _ format: String) throws {
    let script = try #require(Self.forms.first { $0.name == form }?.script)
    try ExternalCommand.withFolder { folder in
      let made = try ExternalCommand.run(
        "/bin/sh",
        [
          "-c",
          """
          set -e; cd '\(folder)'; git init -q --object-format=\(format) .; mkdir a; echo b > a/b.yaml; echo c > c; echo d > a/d; ln -s c link
          seq 100 | while read i; do echo $i > a/file-$i; done; git add -A; \(script); git ls-files --stage > listed
          """,
        ], folder: folder)
      try #require(made.status == 0, "\(made.errors)")
      let length = format == "sha1" ? 20 : 32
      var index = try IndexFile(try bytes("\(folder)/.git/index"), idLength: length)
      if let name = index.sharedName {
        index = try index.over(IndexFile(try bytes("\(folder)/.git/\(name)"), idLength: length))
      }
      let lines = index.entries.map { entry in
        let mode = String(entry.mode, radix: 8)
        return
          "\(mode) \(TreeFault.hexadecimal(entry.id)) \(entry.stage)\t\(String(decoding: entry.path, as: UTF8.self))"
      }
      let listed = String(decoding: try bytes("\(folder)/listed"), as: UTF8.self).split(separator: "\n").map(
        String.init)
      #expect(lines.sorted() == listed.sorted())
      #expect(index.entries.contains(where: \.isSkipped) == (form == "version 3"))
      #expect(index.entries.contains(where: \.isAssumedUnchanged) == (form == "version 4"))
    }
  }

  /// Whatever is cut off or changed is a fault or another list, and never a trap.
  @Test func takesAnyBytes() throws {
    try ExternalCommand.withFolder { folder in
      let made = try ExternalCommand.run(
        "/bin/sh",
        [
          "-c",
          "set -e; cd '\(folder)'; git init -q .; seq 20 | while read i; do echo $i > f-$i; done; git add -A; git update-index --index-version 4; git update-index --split-index; echo x > f-3; rm f-4; git add -A",
        ],
        folder: folder)
      try #require(made.status == 0, "\(made.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/.git").filter { $0.contains("index") }
      #expect(names.count == 2)
      for name in names {
        let whole = try bytes("\(folder)/.git/\(name)")
        for length in 0..<whole.count { _ = try? IndexFile(Array(whole.prefix(length)), idLength: 20) }
        for position in whole.indices {
          for value: UInt8 in [0, 0x7F, 0x80, 0xFF] {
            var changed = whole
            changed[position] = value
            if let index = try? IndexFile(changed, idLength: 20) { _ = try? index.over(index) }
          }
        }
      }
    }
  }
}
