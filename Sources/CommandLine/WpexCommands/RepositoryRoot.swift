import FileAccess
import FoundationEssentials

/// Root folder of a config repository.
enum RepositoryRoot {
  /// The nearest folder with a platform.yaml, from a path upwards; nil if there is none.
  ///
  /// - Parameters:
  ///   - path: absolute.
  ///   - crossesGit: whether the search continues above the root of a Git working folder.
  static func above(_ path: String, crossesGit: Bool = true) -> String? {
    var parts = path.split(separator: "/")
    while true {
      let folder = "/" + parts.joined(separator: "/")
      if Files.exists((parts.isEmpty ? "" : folder) + "/platform.yaml") { return folder }
      if parts.isEmpty || (!crossesGit && Files.exists(folder + "/.git")) { return nil }
      parts.removeLast()
    }
  }

  /// Default repository of commands, relative to the current folder.
  ///
  /// It is the nearest one from there upwards in the same Git working folder, or else the current folder.
  static var current: String {
    let here = FileManager.default.currentDirectoryPath
    guard let root = above(here, crossesGit: false) else { return "." }
    let depth = here.split(separator: "/").count - root.split(separator: "/").count
    return depth == 0 ? "." : [String](repeating: "..", count: depth).joined(separator: "/")
  }
}
