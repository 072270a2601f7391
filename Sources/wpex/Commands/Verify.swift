import ArgumentParser
import CommitSignatures
import ConfigCompiler
import ConfigModel
import GitStore
import StructuredText
import SyncService

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show who signed which commit, by the users of the commit before it.",
    discussion: """
      A commit counts as signed where exactly one SSH signature (Ed25519, also in a security key) was made for Git by a key \
      that an active user has under `identities.sshKeys` in the parent commit. A key that was removed there counts no more, \
      whatever date a commit bears. Goes along first parents, the newest first. Exit code 1 where a commit is not signed so.

      EXAMPLES
        wpex verify --rev origin/main..HEAD
        wpex verify --rev HEAD --limit 1
        wpex verify --rev v1..main --output json | jq '.[] | select(.signed | not)'
      """)

  @Option(help: ArgumentHelp("The Git repository.", valueName: "dir"))
  var repo = "."

  @Option(help: ArgumentHelp("The commits: OLD..NEW, or one revision and all before it.", valueName: "range"))
  var rev = "HEAD"

  @Option(help: ArgumentHelp("At most so many commits.", valueName: "count"))
  var limit = 100

  @Option(help: ArgumentHelp("text or json.", valueName: "form"))
  var output = Status.OutputForm.text

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit takes a positive number") }
  }

  func run() async throws {
    let verdicts: [Verdict]
    do {
      verdicts = try await judge()
    } catch let error as GitStoreError {
      throw CommandFailure(.failed, error.description)
    }
    switch output {
    case .json: Terminal.output(JSON.array(verdicts.map(\.json)).text(.indented))
    case .text:
      var table = TextTable(["COMMIT", "SIGNED BY", "KEY", "SUBJECT"])
      for verdict in verdicts {
        table.add([
          String(verdict.commit.id.prefix(12)), verdict.signer ?? "— \(verdict.reason ?? "")",
          verdict.key?.fingerprint ?? "", verdict.commit.summary,
        ])
      }
      Terminal.output(table.text)
    }
    if verdicts.contains(where: { $0.signer == nil }) { throw ExitCode(1) }
  }

  private struct Verdict {
    let commit: CommitInfo
    var signer: String?
    var key: SSHPublicKey?
    var reason: String?

    var json: JSON {
      var members: JSON.Members = [
        "commit": .string(commit.id), "subject": .string(commit.summary), "signed": .bool(signer != nil),
      ]
      if let signer { members["signer"] = .string(signer) }
      if let key { members["key"] = .string(key.fingerprint) }
      if let reason { members["reason"] = .string(reason) }
      return .object(members)
    }
  }

  private func judge() async throws -> [Verdict] {
    let repository = try GitRepository(at: repo)
    let compiler = IncrementalCompiler(repository)
    var verdicts: [Verdict] = []
    for commit in try await repository.history(rev, limit: limit) {
      var verdict = Verdict(commit: commit)
      switch CommitSignature(ofCommit: try await repository.object(ofCommit: commit.id)) {
      case .unsigned: verdict.reason = "not signed"
      case .invalid(let words): verdict.reason = "its signature \(words)"
      case .valid(let key):
        verdict.key = key
        guard let parent = commit.parents.first else {
          verdict.reason = "the first commit: none before it says whose key this is"
          break
        }
        let base = try await repository.commit(parent)
        let compilation = try await compiler.compile(base, now: commit.committer.time)
        verdict.signer = Self.owner(of: key, in: compilation)
        if verdict.signer == nil { verdict.reason = "no active user of the commit before it has the key" }
      }
      verdicts.append(verdict)
    }
    return verdicts
  }

  /// The active user who has a key: `anna`, or `acme/bert` for one of an organization.
  private static func owner(of key: SSHPublicKey, in compilation: Compilation) -> String? {
    func has(_ user: UserSpec) -> Bool {
      user.status == .active && user.identities.sshKeys.contains { SSHPublicKey(line: $0) == key }
    }
    if let user = compilation.platform.users.first(where: { has($0.spec) }) { return user.name }
    for unit in compilation.units {
      if let user = unit.users.first(where: { has($0.spec) }) { return "\(unit.name)/\(user.name)" }
    }
    return nil
  }
}
