import ArgumentParser
import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
import SyncService
import GitStore

/// Options for the repository, its revision and the evaluation time, shared by all commands that compile.
struct RepositoryOptions: ParsableArguments {
  @Option(
    name: .customLong("repo"),
    help: ArgumentHelp("The config repository: a working folder, or a Git repository with --rev.", valueName: "dir"))
  var namedRepo: String?

  /// Folder of the repository.
  var repo: String { namedRepo ?? RepositoryRoot.current }

  @Option(help: "Read this revision from Git's object database instead of the working folder.")
  var rev: String?

  @Flag(help: "Read what is staged in Git's index, as a commit would, instead of the working folder.")
  var staged = false

  @Option(
    help: ArgumentHelp(
      "Check expiry as of this time (YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ) instead of the commit's date, or today.",
      valueName: "time"))
  var now: String?

  func validate() throws {
    if staged, rev != nil { throw ValidationError("--staged reads Git's index, and --rev a revision: leave out one") }
    if let now, Self.moment(now) == nil {
      throw ValidationError("--now must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, not `\(now)`")
    }
  }

  /// Reads and compiles the repository.
  ///
  /// - Parameter base: revision whose owners win if several documents claim the same thing; nil for the parents of the
  ///   revision, or for the working folder's `HEAD`.
  /// - Throws: `CommandError` if it cannot be read.
  func compile(base: String? = nil) async throws -> Compilation {
    do {
      if let rev { return try await compile(revision: rev, base: base) }
      return try await compileFolder(base: base)
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
  }

  /// Path from the Git repository's root to this config repository, which forges prepend to its paths.
  var prefix: String {
    guard rev != nil else { return (try? WorkingFolder(at: repo))?.prefix ?? "" }
    return (try? GitRepository(at: repo))?.prefix ?? ""
  }

  private func compile(revision: String, base: String?) async throws -> Compilation {
    let repository = try GitRepository(at: repo)
    let commit = try await repository.commit(revision)
    let moment = now.flatMap(Self.moment)?.unixSeconds ?? commit.committer.time
    let compiler = IncrementalCompiler(repository)
    let before: Compilation?
    if let base {
      before = try await compiler.compile(try await repository.commit(base), now: moment)
    } else {
      before = nil
    }
    return try await compiler.compile(commit, now: moment, base: before)
  }

  private func compileFolder(base: String?) async throws -> Compilation {
    let (folder, source) = try files()
    let tree = RepositoryTree(source)
    let contents = try await folder.contents(toCompile: tree, of: source)
    let moment = now.flatMap(Self.moment) ?? Timestamp(unixSeconds: Int64(Date.now.timeIntervalSince1970))
    guard let base else {
      let compilation = await Compiler.compile(tree, contents: contents, now: moment)
      // The previous commit matters only if several documents claim the same thing; there may be none.
      guard !compilation.holdings.disputes.isEmpty, let committed = try? await compileCommit("HEAD", moment) else {
        return compilation
      }
      return await Compiler.compile(tree, contents: contents, now: moment, reusing: compilation, base: committed)
    }
    let before = try await compileCommit(base, moment)
    return await Compiler.compile(tree, contents: contents, now: moment, base: before, old: before)
  }

  /// The staged files, or those of the working folder.
  private func files() throws -> (any RepositoryFiles, SourceTree) {
    if staged {
      let folder = StagedFolder(at: repo)
      return (folder, try folder.tree())
    }
    let folder = try WorkingFolder(at: repo)
    return (folder, try folder.tree())
  }

  private func compileCommit(_ revision: String, _ moment: Timestamp) async throws -> Compilation {
    let repository = try GitRepository(at: repo)
    let commit = try await repository.commit(revision)
    return try await IncrementalCompiler(repository).compile(commit, now: moment.unixSeconds)
  }

  /// The time of `--now`; nil if the text is not one.
  static func moment(_ text: String) -> Timestamp? {
    Timestamp(text) ?? CivilDate(text).map { Timestamp(unixSeconds: Int64($0.daysSinceEpoch) * 86_400) }
  }
}
