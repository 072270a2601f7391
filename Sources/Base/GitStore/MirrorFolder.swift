import FoundationEssentials
import Glibc

/// The files of a mirror, which belongs to this process alone.
package enum MirrorFolder {
  /// Packs and loose objects from which on they are put into one pack. Each pack that is read takes a file descriptor.
  private static let mostPacks = 16
  private static let mostLooseObjects = 2_000

  /// Whether there are so many packs or loose objects that they should become one pack.
  static func isCrowded(_ path: String) -> Bool {
    if names(in: "\(path)/objects/pack").count(where: { $0.hasSuffix(".pack") }) > mostPacks { return true }
    // Names are hashes, so that one folder of 256 represents all, as it does for `git gc --auto`.
    return names(in: "\(path)/objects/17").count * 256 > mostLooseObjects
  }

  /// Removes locks and half-written files of runs that were ended. Nothing else may be at work in it.
  static func removeRemains(in path: String) {
    func remove(_ folder: String, where isRemains: (String) -> Bool) {
      for name in names(in: folder) where isRemains(name) { unlink("\(folder)/\(name)") }
    }
    remove(path) { $0.hasSuffix(".lock") }
    for name in (try? FileManager.default.subpathsOfDirectory(atPath: "\(path)/refs")) ?? []
    where name.hasSuffix(".lock") { unlink("\(path)/refs/\(name)") }
    let objects = "\(path)/objects"
    // libgit2, which once fetched here, called its own otherwise.
    remove("\(objects)/pack") { $0.hasPrefix("tmp_") || $0.hasPrefix("pack_git2_") || $0.hasSuffix(".lock") }
    for folder in names(in: objects) where folder.utf8.count == 2 {
      remove("\(objects)/\(folder)") { $0.hasPrefix("tmp_obj_") }
    }
  }

  /// Whether `git fsck` finds all objects whole; nil if there is no `git`.
  static func isWhole(_ path: String) async throws -> Bool? {
    guard let program = try? program else { return nil }
    let outcome = try? await run(program, ["fsck", "--full", "--no-dangling", "--no-progress"], at: path)
    try Task.checkCancellation()
    return outcome?.status == 0
  }

  /// Puts all packs and loose objects into one pack. Nothing is thrown away, whether a branch needs it or not: what is in
  /// force may not be part of a rewritten branch.
  static func repack(_ path: String) async {
    guard let program = try? program else { return }
    _ = try? await run(program, ["repack", "-a", "-d", "-k", "-q"], at: path)
  }

  private static var program: GitProgram {
    get throws(GitStoreError) { try GitProgram(searchPath: ProcessInfo.processInfo.environment["PATH"]) }
  }

  private static func run(
    _ program: GitProgram, _ arguments: [String], at path: String
  ) async throws -> GitProgram.Outcome {
    var patience = GitPatience()
    patience.silence = patience.whole
    return try await program.run(
      ["--git-dir=\(path)"] + arguments,
      environment: [
        "PATH=\(ProgramPath.folders(ProcessInfo.processInfo.environment["PATH"]))", "HOME=\(path)", "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null",
      ], patience: patience, since: GitProgram.now)
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }
}
