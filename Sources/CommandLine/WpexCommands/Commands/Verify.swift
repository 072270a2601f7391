import ArgumentParser
import CommitSignatures
import ConfigCompiler
import Diagnostics
import GitStore
import TextFormats
import SyncService

/// `wpex verify`: signatures of commits, and the permissions of their signers.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verify commit signatures and the signers' permissions.",
    discussion: """
      A commit counts as signed if it has exactly one SSH signature (Ed25519, security keys included), made for Git by a key \
      that an active user has under `identities.sshKeys` in the parent commit. A key that was removed there no longer counts, \
      whatever the commit's date. The users and roles of the parent commit decide what the signer is allowed to do, as in \
      `wpex check` and the daemon. Follows first parents, newest first. Exit code 1 if a commit is not signed this way, has a \
      change that its signer was not allowed to make, or is refused by the policy of the commit before it.

      A signature says that a holder of the key made this commit on this parent and vouches for its content. It does not say \
      that the signer wanted it on the branch, or when: anyone with push access can put a signed but unmerged commit there, \
      as long as its parent is the newest one. `policy.requireMerge` accepts signed merge commits only.

      EXAMPLES
        wpex verify --rev origin/main..HEAD
        wpex verify --rev HEAD --limit 1
        wpex verify --rev v1..main --json | jq '.[] | select(.signed | not)'
        wpex verify --rev v1..main --json | jq '.[] | select(.permitted | not) | .denials'
      """)

  @Option(name: .customLong("repo"), help: ArgumentHelp("The Git repository.", valueName: "dir"))
  var namedRepo: String?

  /// Folder of the repository.
  var repo: String { namedRepo ?? RepositoryRoot.current }

  @Option(help: ArgumentHelp("The commits: OLD..NEW, or one revision and all before it.", valueName: "range"))
  var rev = "HEAD"

  @Option(help: ArgumentHelp("Maximum number of commits.", valueName: "count"))
  var limit = 100

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be a positive number") }
  }

  func run() async throws {
    let rows: [Row]
    do {
      rows = try await judge()
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    }
    switch result.form {
    case .json: try result.write(JSON.array(rows.map(\.json)).text(.indented))
    case .text:
      var lines: [String] = []
      var table = TextTable(["COMMIT", "SIGNED BY", "PERMITTED", "KEY", "MERGE", "SUBJECT"])
      for row in rows {
        table.add([
          String(row.commit.id.prefix(12)), row.signer ?? "— \(row.reason ?? "")", row.permission,
          row.key?.fingerprint ?? "", row.isMerge ? "yes" : "no", row.commit.summary,
        ])
      }
      lines.append(table.text)
      for row in rows {
        guard let refusal = row.judgement.refusal, row.judgement.denials.isEmpty else { continue }
        lines.append("\n\(row.commit.id.prefix(12)) \("\(refusal)".visible)")
      }
      for row in rows where !row.judgement.denials.isEmpty {
        lines.append("\n\(row.commit.id.prefix(12)) by \((row.signer ?? "").visible):")
        for denial in row.judgement.denials {
          lines.append(
            "  \(denial.primary.location.path.visible): \(denial.message.visible) [\(denial.code.rawValue)]")
        }
      }
      try result.show(lines.joined(separator: "\n"))
    }
    if rows.contains(where: { $0.signer == nil || !$0.judgement.denials.isEmpty || $0.judgement.refusal != nil }) {
      throw ExitCode(1)
    }
  }

  private struct Row {
    let commit: CommitInfo
    let judgement: CommitVerification.Judgement

    var verdict: CommitVerification.Verdict { judgement.verdict }
    var signer: String? {
      if case .signed(let owner, _) = verdict { "\(owner)" } else { nil }
    }
    var isMerge: Bool { commit.parents.count > 1 }
    var permission: String {
      if signer == nil { return "—" }
      let denied = judgement.denials.count
      return denied == 0 ? "all of \(judgement.decisions)" : "\(denied) of \(judgement.decisions) denied"
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
        "merge": .bool(isMerge),
      ]
      if let signer { members["signer"] = .string(signer) }
      if let key { members["key"] = .string(key.fingerprint) }
      if let reason { members["reason"] = .string(reason) }
      if let refusal = judgement.refusal { members["refusal"] = .string("\(refusal)") }
      if signer != nil {
        members["permitted"] = .bool(judgement.denials.isEmpty)
        members["denials"] = .array(
          judgement.denials.map { denial in
            [
              "code": .string(denial.code.rawValue), "path": .string(denial.primary.location.path),
              "message": .string(denial.message),
            ]
          })
      }
      return .object(members)
    }
  }

  private func judge() async throws -> [Row] {
    let repository = try GitRepository(at: repo)
    let verification = CommitVerification(repository)
    var rows: [Row] = []
    for commit in try await repository.history(rev, limit: limit) {
      rows.append(Row(commit: commit, judgement: try await verification.judgement(on: commit)))
    }
    return rows
  }
}
