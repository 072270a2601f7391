import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import StatusAuthentication
import StatusModel

@testable import StatusServer

/// The applied commit of a server, which tests change as commits do.
struct World {
  let board = SnapshotPublisher(
    Installation(version: "test", repository: nil, web: nil, hasAudit: false), events: EventHub(), now: { World.now })
  private var repository = MemoryRepository(Example([]))
  private var compilation: Compilation?

  /// Seconds since 1970.
  static let now = 1_780_000_000.0
  static let issuer = "https://id.example.net"

  var snapshot: StatusSnapshot { board.current.value }

  /// What a user file declares besides its name.
  struct Account {
    var status = "active"
    var roles = "viewer"
    var subjects: [String] = []
    var digests: [String] = []
  }

  /// Declares a user, or another one in its place; nil takes it away. A name such as `acme/anna`, or `anna` for a global one.
  mutating func declare(_ user: String, _ account: Account?) {
    let parts = user.split(separator: "/").map(String.init)
    let path = parts.count == 2 ? "orgs/\(parts[0])/users/\(parts[1]).yaml" : "users/\(user).yaml"
    guard let account else { return repository.remove(path) }
    var text = """
      apiVersion: wpex.io/v1alpha1
      kind: User
      metadata:
        name: \(parts.last ?? user)
      spec:
        displayName: Somebody
        email: somebody@example.org
        status: \(account.status)
        roles: [\(account.roles)]

      """
    if !account.subjects.isEmpty {
      text += "  identities:\n    oidc:\n"
      for subject in account.subjects { text += "      - issuer: \(Self.issuer)\n        subject: '\(subject)'\n" }
    }
    if !account.digests.isEmpty {
      text += "  access:\n    tokens:\n"
      for (number, digest) in account.digests.enumerated() {
        text += "      - name: token-\(number)\n        sha256: \(digest)\n"
      }
    }
    repository.set(path, text)
  }

  mutating func set(_ path: String, _ text: String) { repository.set(path, text) }

  /// Applies what is declared, whatever the compiler says of it.
  mutating func commit() async {
    let compilation = await repository.compile(now: "2026-05-28T20:26:40Z", reusing: compilation)
    self.compilation = compilation
    await board.apply(compilation)
  }
}
