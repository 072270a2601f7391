import ArgumentParser
import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
import GitStore
import SyncService

/// Options for comparing two revisions of a repository, shared by all commands that review a change.
struct ComparisonOptions: ParsableArguments {
  @Option(
    name: .customLong("repo"),
    help: ArgumentHelp("The config repository: a Git repository, bare or checked out.", valueName: "dir"))
  var namedRepo: String?

  /// Folder of the repository.
  var repo: String { namedRepo ?? RepositoryRoot.current }

  @Option(help: ArgumentHelp("The revision to merge into, such as `origin/main`.", valueName: "rev"))
  var base: String

  @Option(
    help: ArgumentHelp(
      "The change. Default: the working folder if it differs from its commit, else HEAD.", valueName: "rev"))
  var head: String?

  @Flag(help: "Use what is staged in Git's index as the change, as a commit would.")
  var staged = false

  @Option(
    help: ArgumentHelp(
      "Check expiry as of this time (YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ) instead of the head's date, or today.",
      valueName: "time"))
  var now: String?

  func validate() throws {
    if staged, head != nil { throw ValidationError("--staged reads Git's index, and --head a revision: leave out one") }
    if let now, RepositoryOptions.moment(now) == nil {
      throw ValidationError("--now must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, not `\(now)`")
    }
  }

  /// Two revisions, compiled for the same time.
  struct Compared {
    let base: Revision
    /// The base's commit, or the merge base if the head branched off earlier.
    let baseCommit: String
    let head: Revision
    let headName: String
    /// The head's commit; nil for the working folder and the index.
    let headCommit: String?
    /// Whether the base has commits that the head lacks.
    let isBehind: Bool
    /// Path from the Git repository's root to this config repository, which forges prepend to its paths.
    let prefix: String
  }

  /// Reads and compiles both revisions; the parts that they share are read and compiled once.
  ///
  /// - Throws: `CommandError` if one of them cannot be read.
  func compare() async throws -> Compared {
    do {
      let repository = try GitRepository(at: repo)
      let folder: (any RepositoryFiles, SourceTree)? =
        if staged {
          (StagedFolder(at: repo), try StagedFolder(at: repo).tree())
        } else {
          try await head == nil ? repository.changedFolder(since: "HEAD").map { ($0.0, $0.1) } : nil
        }
      let headName = head ?? "HEAD"
      let headCommit = try await repository.commit(headName)
      let named = try await repository.commit(base)
      let mergeBase = try await repository.mergeBase(of: named.id, and: headCommit.id)
      // A head that is an ancestor of the base is compared with the base itself; one that diverged, with the merge
      // base.
      let isBehind = mergeBase.map { $0 != named.id && $0 != headCommit.id } ?? false
      let baseID = isBehind ? mergeBase ?? named.id : named.id
      let moment =
        now.flatMap(RepositoryOptions.moment)
        ?? Timestamp(
          unixSeconds: folder == nil ? headCommit.committer.time : Int64(Date.now.timeIntervalSince1970))

      let compiler = IncrementalCompiler(repository)
      let baseRevision = try await compiler.revision(try await repository.commit(baseID), now: moment.unixSeconds)
      let headRevision =
        if let folder {
          try await Self.revision(of: folder.0, folder.1, now: moment, base: baseRevision.compilation)
        } else {
          try await compiler.revision(
            headCommit, now: moment.unixSeconds, base: baseRevision.compilation)
        }
      return Compared(
        base: baseRevision, baseCommit: baseID, head: headRevision,
        headName: folder == nil ? headName : staged ? "index" : "working folder",
        headCommit: folder == nil ? headCommit.id : nil,
        isBehind: isBehind, prefix: repository.prefix)
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
  }

  private static func revision(
    of folder: any RepositoryFiles, _ source: SourceTree, now: Timestamp, base: Compilation
  ) async throws -> Revision {
    let tree = RepositoryTree(source)
    let contents = try await folder.contents(toCompile: tree, of: source)
    return Revision(
      tree: tree, compilation: await Compiler.compile(tree, contents: contents, now: now, base: base, old: base))
  }
}
