import CLibgit2
import Glibc

/// Author or committer of a commit and its date, from the environment and the configuration in Git's order of
/// precedence (git-commit-tree(1)).
struct CommitIdentity: Equatable {
  enum Role: String {
    case author, committer
  }

  let name: String
  let email: String
  let date: GitDate

  /// Resolves one role's identity.
  ///
  /// - Parameters:
  ///   - variable: returns an environment variable; nil if it is not set.
  ///   - configured: returns a value of Git's configuration; nil if it is not set.
  ///   - fallback: the identity if neither the environment nor the configuration names one.
  ///   - now: the date if the environment does not set one.
  /// - Throws: `GitStoreError` if no identity is configured, or if the date cannot be parsed.
  init(
    _ role: Role, variable: (String) -> String?, configured: (String) -> String?, fallback: GitWorktree.Author?,
    now: GitDate
  ) throws {
    let prefix = "GIT_\(role.rawValue.uppercased())_"
    let name =
      variable(prefix + "NAME") ?? configured("\(role.rawValue).name") ?? configured("user.name") ?? fallback?.name
    let email =
      variable(prefix + "EMAIL") ?? configured("\(role.rawValue).email") ?? configured("user.email")
      ?? variable("EMAIL") ?? fallback?.email
    guard let name, let email, !name.allSatisfy(\.isWhitespace) else {
      throw GitStoreError(
        .conflict,
        "Git does not know who you are: `git config --global user.name NAME` and `git config --global user.email ADDRESS`, "
          + "or \(prefix)NAME and \(prefix)EMAIL")
    }
    self.name = name
    self.email = email
    guard let text = variable(prefix + "DATE"), !text.isEmpty else {
      date = now
      return
    }
    guard let date = GitDate(text) else {
      throw GitStoreError(
        .conflict, "\(prefix)DATE is `\(text)`: write `@SECONDS +HHMM` or `YYYY-MM-DDThh:mm:ss+hh:mm`")
    }
    self.date = date
  }

  /// Returns the identity as a libgit2 signature, which the caller frees.
  ///
  /// - Throws: `GitStoreError` if Git does not accept the name or address.
  func signature() throws -> UnsafeMutablePointer<git_signature> {
    var signature: UnsafeMutablePointer<git_signature>?
    guard git_signature_new(&signature, name, email, date.seconds, Int32(date.offset)) == 0, let signature else {
      throw GitStoreError(.conflict, "`\(name) <\(email)>` is not a valid author: \(gitReason())")
    }
    return signature
  }
}
