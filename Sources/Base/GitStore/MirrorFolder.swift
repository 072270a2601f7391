import FoundationEssentials
import Glibc

/// The files of a mirror, which only this process uses.
package enum MirrorFolder {
  /// Numbers of packs and loose objects above which they are packed together. Each open pack takes a file descriptor.
  private static let maxPacks = 16
  private static let maxLooseObjects = 2_000

  /// Whether there are enough packs or loose objects to pack them together.
  static func isCrowded(_ path: String) -> Bool {
    if names(in: "\(path)/objects/pack").count(where: { $0.hasSuffix(".pack") }) > maxPacks { return true }
    // Object names are hashes, so one of the 256 folders is representative; `git gc --auto` samples the same folder.
    return names(in: "\(path)/objects/17").count * 256 > maxLooseObjects
  }

  /// Removes locks and temporary files of terminated runs. No other program may be using the mirror.
  static func removeRemains(in path: String) {
    func remove(_ folder: String, where isRemains: (String) -> Bool) {
      for name in names(in: folder) where isRemains(name) { unlink("\(folder)/\(name)") }
    }
    remove(path) { $0.hasSuffix(".lock") }
    for name in (try? FileManager.default.subpathsOfDirectory(atPath: "\(path)/refs")) ?? []
    where name.hasSuffix(".lock") { unlink("\(path)/refs/\(name)") }
    let objects = "\(path)/objects"
    // libgit2, which used to fetch here, names its temporary files differently.
    remove("\(objects)/pack") { $0.hasPrefix("tmp_") || $0.hasPrefix("pack_git2_") || $0.hasSuffix(".lock") }
    for folder in names(in: objects) where folder.utf8.count == 2 {
      remove("\(objects)/\(folder)") { $0.hasPrefix("tmp_obj_") }
    }
  }

  /// Whether `git fsck` finds all objects intact; nil if `git` is not installed.
  static func isWhole(_ path: String) async throws -> Bool? {
    guard let program = try? program else { return nil }
    let outcome = try? await run(program, ["fsck", "--full", "--no-dangling", "--no-progress"], at: path)
    try Task.checkCancellation()
    return outcome?.status == 0
  }

  /// Combines all packs and loose objects into one pack. Keeps unreachable objects, because the applied commit may no
  /// longer be part of a rewritten branch.
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
    var timeouts = GitTimeouts()
    timeouts.silence = timeouts.whole
    return try await program.run(
      ["--git-dir=\(path)"] + arguments,
      environment: [
        "PATH=\(ProgramPath.folders(ProcessInfo.processInfo.environment["PATH"]))", "HOME=\(path)", "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null",
      ], timeouts: timeouts, since: GitProgram.now)
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }
}
