import FileAccess
import FoundationEssentials
import GitStore

/// Locations of a new repository, its identity and the daemon's settings.
struct InitFolder {
  let path: String
  /// Whether there is a `.git` folder already.
  let isRepository: Bool
  /// Working folder of another repository that contains this folder and does not ignore it.
  let outerWorkingFolder: String?
  private let identityFile: String?
  private let absolute: String

  /// - Throws: `CommandError` if the folder is not empty, or if the identity would be inside it.
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

  /// Name of the folder.
  var name: String { absolute.split(separator: "/").last.map(String.init) ?? "" }

  /// File for a platform's identity: the named one, or one beside the folder.
  func identity(named name: String) -> String { identityFile ?? beside("\(name).identity") }

  /// Default file for the daemon's settings, beside the folder.
  var standardSettings: String { beside("\(name).sync.json") }

  private func beside(_ file: String) -> String {
    let parent = absolute.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(parent.isEmpty ? "" : parent + "/")\(file)"
  }
}
