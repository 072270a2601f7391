import CommitSignatures
package import ConfigCompiler
import ConfigModel

/// How somebody is known from outside: an account of a forge or issuer, a key, or the name of the user.
package enum Account: Sendable, Hashable {
  case github(String)
  case gitlab(String)
  case oidc(issuer: String, subject: String)
  /// A key by its fingerprint, `SHA256:…`.
  case ssh(String)
  case user(UserID)

  /// Reads `github:alice`, `gitlab:alice`, `oidc:ISSUER#SUBJECT`, `ssh:SHA256:…`, `user:anna` or `user:acme/bert`.
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
  /// As it is written for `--actor`.
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
  /// The active user whose account it is; nil where there is none. An account that several users claim is that of the one
  /// who had it in the compilation's base, or nobody's.
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

  /// The key with a fingerprint, as somebody declares it.
  private func sshKey(_ fingerprint: String) -> String? {
    var found: String?
    forEachMember { _, user in
      found = found ?? user.identities.sshKeys.first { SSHPublicKey(line: $0)?.fingerprint == fingerprint }
    }
    return found
  }
}
