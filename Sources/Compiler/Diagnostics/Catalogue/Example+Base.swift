extension Example {
  /// The small project below every example. It compiles without diagnostics.
  package static let base = Example([
    Entry(
      "platform.yaml",
      .text(
        """
        apiVersion: wpex.io/v1alpha1
        kind: Platform
        metadata:
          name: example
        spec:
          regions:
            - name: eu-north
              publicHost: relay.north.example.net
              portRange: 30000-30999
            - name: eu-south
              publicHost: relay.south.example.net
              portRange: 31000-31999
          relay:
            image:
              repository: registry.example.net/wpex-relay
              digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
          recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m

        """)),
    Entry("users/root.yaml", .text(document("User", "root", adminSpec))),
    Entry("orgs/acme/organization.yaml", .text(document("Organization", "acme", acmeSpec))),
    Entry(
      "orgs/acme/users/giulia.yaml",
      .text(
        document(
          "User", "giulia",
          """
          displayName: Giulia Rossi
          email: giulia@acme.example
          status: active
          roles: [engineer]
          """))),
    Entry(
      "orgs/acme/keys/headquarters.yaml",
      .text(keyText("headquarters", "publicKey: GbqklnHxPVr8wA/mCNAxt2dYtGUHCwY+sRUKY9zi4wU="))),
    Entry(
      "orgs/acme/keys/warehouse-1.yaml",
      .text(keyText("warehouse-1", "publicKey: WXv9gNSuNIdIFhS8OfciBSQa/yivr8VoRbUprbyZZ2Y="))),
    Entry(
      "orgs/acme/relays/north-1.yaml",
      .text(
        document(
          "Relay", "north-1",
          """
          region: eu-north
          port: 30101
          keys:
            names: [headquarters, warehouse-1]
          """))),
    Entry(
      "orgs/globex/organization.yaml",
      .text(
        document(
          "Organization", "globex",
          """
          displayName: Globex
          status: active
          allowedRegions: [eu-north]
          portRange: 30200-30299
          """))),
    Entry(
      "orgs/globex/keys/office.yaml",
      .text(keyText("office", "publicKey: Rf4ldvsLVN7nCWliw1u9av/OAdEUJYdjYwSfZrDeid0="))),
  ])

  static let adminSpec = """
    displayName: Root
    email: root@example.net
    status: active
    roles: [admin]
    """

  static let acmeSpec = """
    displayName: Acme
    status: active
    limits: { relays: 3, keys: 5, users: 3, bandwidthMbps: 100 }
    allowedRegions: [eu-north]
    portRange: 30100-30199
    identity:
      recipient: age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd
    """

  /// Returns the text of a document with `spec` indented below it.
  static func document(_ kind: String, _ name: String, _ spec: String, labels: String? = nil) -> String {
    let lines = spec.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
    return "apiVersion: wpex.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\n"
      + (labels.map { "  labels: \($0)\n" } ?? "") + "spec:\n" + lines.joined(separator: "\n") + "\n"
  }

  private static func keyText(_ name: String, _ spec: String) -> String {
    document("Key", name, spec, labels: "{ network: core }")
  }

  /// Returns the key `warehouse-9` of acme with the given spec.
  static func key(_ spec: String, labels: String? = nil) -> Example {
    Example("orgs/acme/keys/warehouse-9.yaml", document("Key", "warehouse-9", spec, labels: labels))
  }

  /// Returns the relay `north-2` of acme with the given spec.
  static func relay(_ spec: String) -> Example {
    Example("orgs/acme/relays/north-2.yaml", document("Relay", "north-2", spec))
  }

  /// Returns the user `marco` of acme with the given spec.
  static func user(_ spec: String) -> Example {
    Example("orgs/acme/users/marco.yaml", document("User", "marco", spec))
  }

  /// Returns the organization acme with the given spec.
  static func acme(_ spec: String) -> Example {
    Example("orgs/acme/organization.yaml", document("Organization", "acme", spec))
  }

  /// Returns a custom role, by default `noc`, with the given spec.
  static func role(_ spec: String, name: String = "noc") -> Example {
    Example("roles/noc.yaml", document("Role", name, spec))
  }

  /// Returns this example with the files of another added.
  func adding(_ other: Example) -> Example { Example(entries + other.entries) }

  /// Returns this example as a change made by `actor`.
  func by(_ actor: String) -> Example { Example(entries, by: actor) }

  static let goodKey = key("publicKey: \(publicKey)")
  static let goodRelay = relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]")
  /// SHA-256 of an API token.
  static let tokenHash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  /// An identity, sealed to a platform. Nothing in the examples can open it.
  static let sealedValue = """
    -----BEGIN AGE ENCRYPTED FILE-----
    YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSAvSUY5Y1NDUk5QTXlWb0xz
    U0dnZFVCTjZHNmdvZWtPaHdDZXAyWG1QNlVVClhTMFFJVDJkRXA3Rm5DczBGazFB
    TGNTeE45aElqUUc3enN4REJldmpDUVkKLS0tIGlhaWtHTDJzL24wdnBueVNSTEVz
    cmVlVkVrNVNUMkNrV3NGL0V2RXc1c2MKnowJniNiuxlvg9oYOdN1b4nF38092yto
    dfcw4EDlhuC9sm7phiui3FvK2V4E3Tdd5hS5biXHRMNW0XLaYEobmPgrmok0q9E+
    di6f5CGDJn4Icx7LMFC9NSCE0OMfydG5RrYRXkpIiENIsmJQvHpEEJIqXzV/T692
    r/7NPtuCtqaFvV1gCPS786lJkBgh1FrS2cAPjsNxKrrQSIvFqwOUKJ5nReB2ASPr
    8H224tpBeDxEJeemPveloO7CM61QQiVPJQgRukPxo+UWkNBGUn4=
    -----END AGE ENCRYPTED FILE-----
    """
  static let publicKey = "e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8="
}
