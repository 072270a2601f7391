import ArgumentParser
import CommitSignatures
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
    let rows: [Row]
    do {
      rows = try await judge()
    } catch let error as GitStoreError {
      throw CommandFailure(.failed, error.description)
    }
    switch output {
    case .json: Terminal.output(JSON.array(rows.map(\.json)).text(.indented))
    case .text:
      var table = TextTable(["COMMIT", "SIGNED BY", "KEY", "SUBJECT"])
      for row in rows {
        table.add([
          String(row.commit.id.prefix(12)), row.signer ?? "— \(row.reason ?? "")",
          row.key?.fingerprint ?? "", row.commit.summary,
        ])
      }
      Terminal.output(table.text)
    }
    if rows.contains(where: { $0.signer == nil }) { throw ExitCode(1) }
  }

  private struct Row {
    let commit: CommitInfo
    let verdict: CommitVerification.Verdict

    var signer: String? {
      if case .signed(let owner, _) = verdict { owner } else { nil }
    }
    var key: SSHPublicKey? {
      switch verdict {
      case .signed(_, let key): key
      case .unsigned(_, let key): key
      }
    }
    var reason: String? {
      if case .unsigned(let reason, _) = verdict { reason } else { nil }
    }

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

  private func judge() async throws -> [Row] {
    let repository = try GitRepository(at: repo)
    let verification = CommitVerification(repository)
    var rows: [Row] = []
    for commit in try await repository.history(rev, limit: limit) {
      rows.append(Row(commit: commit, verdict: try await verification.verdict(on: commit)))
    }
    return rows
  }
}
