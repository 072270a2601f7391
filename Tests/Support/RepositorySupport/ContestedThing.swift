package import Diagnostics

/// Something that two organizations can claim, but only one can own.
package struct ContestedThing: Sendable, CustomStringConvertible {
  /// Name for test descriptions.
  package let name: String
  /// Code of the diagnostic that the newcomer gets.
  package let code: DiagnosticCode
  /// Makes an organization (acme or globex of the catalogue's base) claim it. The flag requests an alternative
  /// spelling.
  package let claim: @Sendable (inout MemoryRepository, String, Bool) -> Void

  package var description: String { name }

  private static let sshKey =
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoiAAAABHNzaDo"

  /// Everything that organizations can contest.
  package static let all: [ContestedThing] = [
    user("GitHub account", .duplicateAccount, "identities: { github: Some-Name }", "identities: { github: some-name }"),
    user("GitLab account", .duplicateAccount, "identities: { gitlab: some.name }", "identities: { gitlab: Some.Name }"),
    user(
      "commit address", .duplicateAccount, "identities: { email: [a@b.example] }",
      "identities: { email: [A@b.example] }"),
    user(
      "subject", .duplicateAccount, "identities: { oidc: [{ issuer: https://id.example, subject: \"7\" }] }",
      "identities: { oidc: [{ issuer: https://id.example, subject: '7' }] }"),
    // The last base64 digit has two unused bits, so a key has four spellings.
    user(
      "SSH key", .duplicateAccount, "identities: { sshKeys: [\"sk-ssh-ed25519@openssh.com \(sshKey)=\"] }",
      "identities: { sshKeys: [\"sk-ssh-ed25519@openssh.com \(sshKey.dropLast())p= other\"] }"),
    user(
      "API token", .duplicateToken, "access: { tokens: [{ name: t, sha256: \(String(repeating: "a", count: 64)) }] }",
      "access: { tokens: [{ name: u, sha256: \(String(repeating: "a", count: 64)) }] }"),
    ContestedThing(name: "public key", code: .duplicatePublicKey) { repository, org, _ in
      repository.set("orgs/\(org)/keys/same.yaml", document("Key", "same-\(org)", "publicKey: \(publicKey)"))
    },
    ContestedThing(name: "port", code: .portTaken) { repository, org, _ in
      repository.set(
        "orgs/\(org)/relays/same.yaml",
        document(
          "Relay", "same",
          "region: eu-north\nport: 30150\nstate: stopped\nkeys:\n  names: [\(org == "acme" ? "headquarters" : "office")]"
        ))
      // Neither organization has its own port range.
      for org in ["acme", "globex"] {
        repository.edit("orgs/\(org)/organization.yaml") { text in
          text.split(separator: "\n").filter { !$0.contains("portRange") }.joined(separator: "\n") + "\n"
        }
      }
    },
    ContestedThing(name: "port range", code: .overlappingPortRanges) { repository, org, _ in
      for org in ["acme", "globex"] {
        repository.edit("orgs/\(org)/organization.yaml") { text in
          text.replacing("30100-30199", with: "30100-30149").replacing("30200-30299", with: "30300-30399")
        }
      }
      repository.edit("orgs/\(org)/organization.yaml") { text in
        text.replacing("30100-30149", with: "30100-30250").replacing("30300-30399", with: "30200-30399")
      }
    },
    ContestedThing(name: "sealed identity", code: .duplicateSealedValue) { repository, org, isOther in
      let path = "orgs/\(org)/organization.yaml"
      repository.edit(path) { text in
        text.contains("identity:")
          ? text : text + "  identity:\n    recipient: age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd\n"
      }
      let sealed = DiagnosticCode.duplicateSealedValue.entry.good.entries.compactMap { entry -> String? in
        if case .text(let text) = entry.content { text } else { nil }
      }.joined()
      let lines = sealed.split(separator: "\n").drop { !$0.contains("sealedIdentity") }.dropFirst()
      let indent = isOther ? "        " : "      "
      repository.edit(path) { text in
        text + "    sealedIdentity: |\n"
          + lines.map { line in indent + line.drop { $0 == " " } + "\n" }.joined()
      }
    },
  ]

  private static let publicKey = "e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8="

  private static func user(_ name: String, _ code: DiagnosticCode, _ spec: String, _ other: String) -> ContestedThing {
    ContestedThing(name: name, code: code) { repository, org, isOther in
      repository.set("orgs/\(org)/users/same.yaml", member("same", isOther ? other : spec))
    }
  }

  private static func document(_ kind: String, _ name: String, _ spec: String) -> String {
    let lines = spec.split(separator: "\n").map { "  \($0)\n" }.joined()
    return "apiVersion: wpex.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\nspec:\n\(lines)"
  }

  private static func member(_ name: String, _ spec: String) -> String {
    document("User", name, "displayName: Somebody\nemail: some@body.example\nstatus: active\nroles: [viewer]\n\(spec)")
  }
}
