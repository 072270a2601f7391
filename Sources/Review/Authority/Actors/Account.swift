import CommitSignatures
package import ConfigCompiler
import ConfigModel

/// An external identity of a user: an account at a forge or issuer, a key, or the user's own name.
package enum Account: Sendable, Hashable {
  /// A user name at GitHub.
  case github(String)
  /// A user name at GitLab.
  case gitlab(String)
  /// A subject at an OpenID Connect issuer.
  case oidc(issuer: String, subject: String)
  /// An SSH key's fingerprint, `SHA256:…`.
  case ssh(String)
  /// A user by name.
  case user(UserID)

  /// Parses `github:alice`, `gitlab:alice`, `oidc:ISSUER#SUBJECT`, `ssh:SHA256:…`, `user:anna` or `user:acme/bert`.
  package init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let value = String(text[text.index(after: colon)...])
    guard !value.isEmpty else { return nil }
    switch text[..<colon] {
    case "github": self = .github(value)
    case "gitlab": self = .gitlab(value)
    case "oidc":
      guard let mark = value.firstIndex(of: "#"), mark != value.startIndex else { return nil }
      let subject = String(value[value.index(after: mark)...])
      guard !subject.isEmpty else { return nil }
      self = .oidc(issuer: String(value[..<mark]), subject: subject)
    case "ssh":
      guard value.hasPrefix("SHA256:") else { return nil }
      self = .ssh(value)
    case "user":
      let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), let name = parts.last else { return nil }
      self = .user(UserID(org: parts.count == 2 ? parts[0] : nil, name: name))
    default: return nil
    }
  }
}

extension Account: CustomStringConvertible {
  /// The account as written for `--actor`.
  package var description: String {
    switch self {
    case .github(let name): "github:\(name)"
    case .gitlab(let name): "gitlab:\(name)"
    case .oidc(let issuer, let subject): "oidc:\(issuer)#\(subject)"
    case .ssh(let fingerprint): "ssh:\(fingerprint)"
    case .user(let user): "user:\(user)"
    }
  }
}

extension Compilation {
  /// Returns the active user that owns an account; nil if there is none. If several users claim the account, it belongs
  /// to the user who had it in the compilation's base, or to no one.
  package func owner(of account: Account) -> UserID? {
    let holder: UserID?
    switch account {
    case .github(let name): holder = self.holder(of: .github(name.lowercased()))
    case .gitlab(let name): holder = self.holder(of: .gitlab(name.lowercased()))
    case .oidc(let issuer, let subject):
      holder = self.holder(of: .oidc(OIDCIdentity(issuer: issuer, subject: subject)))
    case .ssh(let fingerprint): holder = sshKey(fingerprint).flatMap { self.holder(of: Claim(sshKey: $0)) }
    case .user(let id): holder = id
    }
    return holder.flatMap { isActive($0) ? $0 : nil }
  }

  /// Returns the declared key with a fingerprint.
  private func sshKey(_ fingerprint: String) -> String? {
    var found: String?
    forEachMember { _, user in
      found = found ?? user.identities.sshKeys.first { SSHPublicKey(line: $0)?.fingerprint == fingerprint }
    }
    return found
  }
}
