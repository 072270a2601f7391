import ConfigModel
@testable import LegacyImport
import Diagnostics
import KeyBundles
import TextFormats
import Testing

/// Rows of the console become documents; what cannot is said.
@Suite struct ConsoleImportTests {
  private static let now = Timestamp(unixSeconds: 1_800_000_000)
  private static let someKey = "AN+hL88TqvTwNnGjNr7PmHnm415RtYbSV2LxVTTP5w8="
  private static let otherKey = "Yw5fMIiF1YUS0mJS4KLAkUx8GtdMqamwPScJjSuJLp4="

  /// Two tenants, one admin, a key each and a relay of the first.
  private static func contents() -> ConsoleContents {
    var contents = ConsoleContents()
    contents.tenants = [
      ConsoleRow(.tenants, ["id": 1, "slug": "acme", "name": "Acme S.p.A.", "status": "active", "is_active": true]),
      ConsoleRow(.tenants, ["id": 2, "slug": "globex", "name": "Globex", "status": "pending", "is_active": false]),
    ]
    contents.users = [ConsoleRow(.users, ["id": 1, "username": "anna", "role": "admin", "status": "active"])]
    contents.accessKeys = [
      (ConsoleRow(.accessKeys, ["id": 1, "alias": "Città di Milano", "tenant_id": 1]), .text(someKey)),
      (ConsoleRow(.accessKeys, ["id": 2, "alias": "oslo", "tenant_id": 2]), .text(otherKey)),
    ]
    contents.servers = [
      ConsoleRow(.servers, ["id": 1, "name": "milan-1", "port": 30_101, "tenant_id": 1, "region": "EU South"])
    ]
    contents.links = [ConsoleRow(.links, ["server_id": 1, "key_id": 1])]
    return contents
  }

  private static func run(
    _ contents: ConsoleContents, _ change: (inout ImportOptions) -> Void = { _ in }
  ) async throws -> ConsoleImport {
    var options = ImportOptions(recipient: try AgeIdentity.generate().recipient)
    change(&options)
    let imported = try await ConsoleImport(contents, options, now: now)
    #expect(imported.rows.count == contents.count)
    #expect(await imported.diagnostics(now).filter { $0.severity == .error }.isEmpty)
    return imported
  }

  private static func notes(_ imported: ConsoleImport, _ table: ConsoleTable, _ id: String) -> String {
    imported.rows.first { $0.table == table && $0.id == id }?.notes.joined(separator: "; ") ?? "no such row"
  }

  @Test func everythingThatIsSoundComesOver() async throws {
    let imported = try await Self.run(Self.contents())
    #expect(imported.leftOut == 0)
    #expect(
      imported.documents.map(\.path) == [
        "orgs/acme/keys/citta-di-milano.yaml", "orgs/acme/organization.yaml", "orgs/acme/relays/milan-1.yaml",
        "orgs/globex/keys/oslo.yaml", "orgs/globex/organization.yaml", "platform.yaml", "users/anna.yaml",
      ])
    let relay = try #require(imported.documents.first { $0.path.hasSuffix("milan-1.yaml") }).content["spec"]
    #expect(relay?["region"] == "eu-south" && relay?["state"] == "running")
    #expect(relay?["keys"]?["names"] == ["citta-di-milano"])
  }

  @Test func identitiesAreSealedToTheDaemon() async throws {
    let daemon = try AgeIdentity.generate()
    let imported = try await Self.run(Self.contents()) {
      $0.recipient = daemon.recipient
      $0.sealsKeys = true
    }
    func spec(_ path: String) throws -> JSON {
      try #require(imported.documents.first { $0.path == path }?.content["spec"])
    }
    let sealed = try #require(try spec("orgs/acme/organization.yaml")["identity"]?["sealedIdentity"]?.text)
    let binding = SealedBinding(
      org: "acme", kind: "Organization", name: "acme", field: "spec.identity.sealedIdentity")
    let identity = try AgeIdentity(SealedValue.open(sealed, with: [daemon], expecting: binding))
    #expect(try spec("orgs/acme/organization.yaml")["identity"]?["recipient"]?.text == identity.recipient.text)
    let key = try #require(try spec("orgs/acme/keys/citta-di-milano.yaml")["sealedKey"]?.text)
    let place = SealedBinding(org: "acme", kind: "Key", name: "citta-di-milano", field: "spec.sealedKey")
    #expect(try SealedValue.open(key, with: [identity], expecting: place) == Self.someKey)
  }

  @Test func relayWithoutKeysStaysBehind() async throws {
    var contents = Self.contents()
    contents.accessKeys[0].key = .unreadable("cannot be decrypted with this passphrase")
    let imported = try await Self.run(contents)
    #expect(Self.notes(imported, .servers, "1").contains("open to everybody"))
    #expect(Self.notes(imported, .links, "server 1, key 1") == "its server was left out")
  }

  @Test func privateKeyIsNeitherWrittenNorShown() async throws {
    var contents = Self.contents()
    let secret = "cLvH1Jk0ZfE4K2U3m1S5b7f3Zk0Y0m2m8h0b2xqQm1E="
    contents.accessKeys[0].key = .text("[Interface]\nPrivateKey = \(secret)\nListenPort = 51820\n")
    let imported = try await Self.run(contents)
    let written = imported.documents.map(\.text).joined() + imported.text + imported.json.text(.indented)
    #expect(!written.contains(secret))
    #expect(Self.notes(imported, .accessKeys, "1").contains("it contained a private key"))
    let derived = try WireGuardKey(ofPrivateKey: secret).text
    #expect(imported.documents.contains { $0.text.contains(derived) })
  }

  private static let misplaced: [(JSON, String)] = [
    (["id": 9, "username": "x", "role": "root", "status": "active"], "the role root is unknown"),
    (["id": 9, "username": "x", "role": "viewer", "tenant_id": 77], "its tenant 77 does not exist"),
    (["id": 9, "username": "x", "role": "engineer"], "it belongs to no tenant"),
  ]

  @Test(arguments: misplaced)
  func userWithoutAPlaceIsListed(_ row: JSON, _ reason: String) async throws {
    var contents = Self.contents()
    contents.users.append(ConsoleRow(.users, row))
    let imported = try await Self.run(contents)
    #expect(imported.leftOut == 1)
    #expect(Self.notes(imported, .users, "9").contains(reason))
  }

  @Test func allowlistThatIsAllWrongDoesNotOpen() async throws {
    var contents = Self.contents()
    contents.users.append(
      ConsoleRow(
        .users,
        ["id": 9, "username": "eve", "role": "viewer", "tenant_id": 1, "status": "active", "ip_whitelist": ["home"]]))
    let imported = try await Self.run(contents)
    let eve = try #require(imported.documents.first { $0.path == "orgs/acme/users/eve.yaml" })
    #expect(eve.content["spec"]?["status"] == "disabled")
  }

  /// A wrong passphrase must not look like a console without keys.
  @Test(arguments: [
    ConsoleContents.StoredKey.unreadable("cannot be decrypted with this passphrase"), .text("hunter2"), .text(""),
  ])
  func withoutAnyReadableKeyItIsRefused(_ key: ConsoleContents.StoredKey) async throws {
    var contents = Self.contents()
    contents.accessKeys = contents.accessKeys.map { ($0.row, key) }
    let refusal = await #expect(throws: ConsoleImport.Refused.self) { _ = try await Self.run(contents) }
    #expect(refusal?.description.contains("none of the console's 2 keys can be read") == true)
    // One that can be read is enough, and a console without keys has nothing to read.
    contents.accessKeys[0].key = .text(Self.someKey)
    #expect(try await Self.run(contents).leftOut == 1)
  }

  /// What bounds somebody and cannot be read gives them no more than they had.
  @Test(arguments: [["10.0.0.0/33"], [.null], "nonsense", ["a": 1], 7] as [JSON])
  func unreadableBoundsOpenNothing(_ bounds: JSON) async throws {
    var contents = Self.contents()
    contents.users.append(
      ConsoleRow(
        .users, ["id": 2, "username": "bea", "role": "admin", "status": "active", "ip_whitelist": bounds]))
    let imported = try await Self.run(contents)
    let bea = try #require(imported.documents.first { $0.path == "users/bea.yaml" }).content["spec"]
    #expect(bea?["status"] == "disabled" && Self.notes(imported, .users, "2").contains("allowlist"))
  }

  @Test(arguments: [[.null], ["a": 1], ["   ", "---"]] as [JSON])
  func unreadableRegionsOpenNone(_ regions: JSON) async throws {
    var contents = Self.contents()
    contents.tenants[0] = ConsoleRow(
      .tenants, ["id": 1, "slug": "acme", "status": "active", "is_active": true, "allowed_regions": regions])
    let imported = try await Self.run(contents)
    let acme = try #require(imported.documents.first { $0.path == "orgs/acme/organization.yaml" }).content["spec"]
    // Its relay's region is the only one left; without a list, every region would be open.
    #expect(acme?["status"] == "disabled" && acme?["allowedRegions"] == ["eu-south"])
  }

  @Test func boundsMayBeAText() async throws {
    var contents = Self.contents()
    contents.users.append(
      ConsoleRow(
        .users,
        ["id": 2, "username": "bea", "role": "admin", "status": "active", "ip_whitelist": "10.0.0.1, 10.1.0.0/16"]
      ))
    let imported = try await Self.run(contents)
    let bea = try #require(imported.documents.first { $0.path == "users/bea.yaml" }).content["spec"]
    #expect(bea?["access"]?["ipAllowlist"] == ["10.0.0.1", "10.1.0.0/16"])
  }

  @Test func withoutAdminItIsRefused() async throws {
    var contents = Self.contents()
    contents.users = []
    await #expect(throws: ConsoleImport.Refused.self) { _ = try await Self.run(contents) }
    let imported = try await Self.run(contents) {
      $0.admin = ImportOptions.Admin(name: "Anna Lindqvist", email: "anna@nordsud.example")
    }
    #expect(imported.documents.contains { $0.path == "users/anna-lindqvist.yaml" })
  }

  @Test(arguments: [
    ("Milan 1", "milan-1"), ("--x--", "x"), ("Łódź", "od"), ("ÈÉ", "ee"), ("", nil), ("---", nil),
    (String(repeating: "a", count: 60), String(repeating: "a", count: 40)), (someKey, nil),
  ])
  func namesAreLabels(_ text: String, _ label: String?) {
    #expect(DocumentNames.label(text) == label)
  }

  @Test func namesAreGivenOnce() {
    var names = DocumentNames()
    let long = String(repeating: "b", count: 50)
    let given = ["a", "A", "a ", long, long].map { names.name(for: $0, fallback: "x") }
    #expect(given == ["a", "a-2", "a-3", String(repeating: "b", count: 40), String(repeating: "b", count: 38) + "-2"])
  }
}
