import ArgumentParser
import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
import GitStore
import TextFormats

struct Recompile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compile a repository twice in one process, the second time with one blob changed.")

  @Argument(help: "A repository as `generate` writes it.") var folder: String
  @Option(help: "Second compiles; the median counts.") var repetitions = 9

  func run() async throws {
    let source = try WorkingFolder(at: folder).tree()
    var contents = try await WorkingFolder(at: folder).contents(of: source.entries)
    // As from Git: an identity for each blob and each folder.
    var entries = source.entries.map { entry in
      TreeEntry(path: entry.path, kind: .file, size: entry.size, identity: identity(contents[entry.path] ?? []))
    }
    let clock = ContinuousClock()
    let moment = Timestamp(unixSeconds: 1_780_272_000)
    var tree = self.tree(entries)

    let coldStart = clock.now
    var compilation = await Compiler.compile(tree, contents: contents, now: moment)
    let cold = clock.now - coldStart
    guard compilation.diagnostics.isEmpty else {
      throw ValidationError("the repository is not clean: \(compilation.diagnostics.count) diagnostics")
    }

    var times: [Duration] = []
    for round in 0..<repetitions {
      guard let index = entries.firstIndex(where: { $0.path.hasSuffix("/keys/key-\(round).yaml") }) else { break }
      let path = entries[index].path
      let text = String(decoding: contents[path] ?? [], as: UTF8.self)
      contents[path] = Array(text.replacing("status: active", with: "status: revoked").utf8)
      entries[index] = TreeEntry(
        path: path, kind: .file, size: contents[path]?.count ?? 0, identity: identity(contents[path] ?? []))
      tree = self.tree(entries)
      let start = clock.now
      let wanted = Compiler.entriesToRead(in: tree, reusing: compilation)
      guard wanted.map(\.path) == [path] else { throw ValidationError("read \(wanted.count) blobs instead of one") }
      let changed = wanted.reduce(into: Compiler.Contents()) { $0[$1.path] = contents[$1.path] }
      compilation = await Compiler.compile(tree, contents: changed, now: moment, reusing: compilation)
      times.append(clock.now - start)
    }
    let median = times.sorted()[times.count / 2]
    let result: JSON = ["cold": .number(seconds(cold)), "second": .number(seconds(median))]
    print(result.text())
  }

  private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

  private func identity(_ bytes: [UInt8]) -> ContentIdentity {
    ContentIdentity(withUnsafeBytes(of: bytes.hashValue, Array.init))
  }

  private func tree(_ entries: [TreeEntry]) -> RepositoryTree {
    let byFolder = Dictionary(grouping: entries) { $0.path.split(separator: "/").prefix(2).joined(separator: "/") }
    return RepositoryTree(entries: entries) { folder, _ in
      ContentIdentity((byFolder[folder] ?? []).reduce(into: []) { $0 += $1.identity?.bytes ?? [] })
    }
  }
}
