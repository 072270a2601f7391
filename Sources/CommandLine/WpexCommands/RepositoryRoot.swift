import FoundationEssentials

/// Where a config repository begins.
enum RepositoryRoot {
  /// The nearest folder with a platform.yaml, from this one upwards; nil if there is none.
  ///
  /// - Parameters:
  ///   - path: absolute.
  ///   - crossesGit: whether folders above the root of a Git working folder count.
  static func above(_ path: String, crossesGit: Bool = true) -> String? {
    var parts = path.split(separator: "/")
    while true {
      let folder = "/" + parts.joined(separator: "/")
      if Files.exists((parts.isEmpty ? "" : folder) + "/platform.yaml") { return folder }
      if parts.isEmpty || (!crossesGit && Files.exists(folder + "/.git")) { return nil }
      parts.removeLast()
    }
  }

  /// The repository that a command is about if none is named, relative to the current folder: the nearest one from there
  /// upwards in the same Git working folder, else the current folder itself.
  static var current: String {
    let here = FileManager.default.currentDirectoryPath
    guard let root = above(here, crossesGit: false) else { return "." }
    let depth = here.split(separator: "/").count - root.split(separator: "/").count
    return depth == 0 ? "." : [String](repeating: "..", count: depth).joined(separator: "/")
  }
}
