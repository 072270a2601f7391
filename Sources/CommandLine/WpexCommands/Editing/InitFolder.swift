import FoundationEssentials
import GitStore

/// Where a new repository and its identity go.
struct InitFolder {
  let path: String
  /// Whether Git's folder is there already.
  let isRepository: Bool
  /// The working folder of another repository that the folder lies in and that does not ignore it.
  let outerWorkingFolder: String?
  private let identityFile: String?
  private let absolute: String

  /// - Throws: `CommandError` where the folder holds anything, or the identity would lie inside it.
  init(_ path: String, identity: String?) throws {
    var trimmed = path
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.path = trimmed
    absolute = Files.resolved(trimmed)
    outerWorkingFolder = TakenFiles.workingFolder(taking: absolute)
    identityFile = identity
    let there = Files.exists(trimmed) ? try? FileManager.default.contentsOfDirectory(atPath: trimmed) : []
    guard let there else { throw CommandError(.refused, "`\(trimmed)` is not a folder: name another") }
    if let first = there.sorted().first(where: { $0 != ".git" }) {
      throw CommandError(
        .refused,
        "`\(trimmed)` is not empty (it has `\(first)`), and `wpex init` overwrites nothing: name another folder")
    }
    isRepository = !there.isEmpty
    if let identity { try IdentityFile.refuse(identity, in: trimmed) }
  }

  /// The folder's own name.
  var name: String { absolute.split(separator: "/").last.map(String.init) ?? "" }

  /// The file for the identity of a platform: beside the folder, unless one was named.
  func identity(named name: String) -> String { identityFile ?? beside("\(name).identity") }

  /// The file for the daemon's settings, unless another one is named.
  var standardSettings: String { beside("\(name).sync.json") }

  private func beside(_ file: String) -> String {
    let parent = absolute.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(parent.isEmpty ? "" : parent + "/")\(file)"
  }
}
