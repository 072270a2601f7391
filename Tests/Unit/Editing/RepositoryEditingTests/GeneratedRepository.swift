import ConfigModel
import TextFormats

/// A repository of randomly styled files, the same in every run.
struct GeneratedRepository {
  private(set) var files: [String: [UInt8]] = [:]
  private(set) var orgs: [String] = []

  static let sealed =
    "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBlMDBYeUZ2SkNKZ2RRdjlM\nAAAA\n-----END AGE ENCRYPTED FILE-----\n"

  /// - Parameter count: organizations, of four files each.
  init(orgs count: Int, seed: UInt64) {
    var random = SeededRandom(seed)
    let region: JSON = [
      "name": "eu", "publicHost": "relay.example.net", "portRange": "30000-32767",
    ]
    let platform: JSON = [
      "apiVersion": "wpex.io/v1alpha1", "kind": "Platform", "metadata": ["name": "generated"],
      "spec": [
        "regions": [region], "relay": ["image": ["repository": "ghcr.io/wpex/wpex-relay", "tag": "1.4.2"]],
        "recipient": "age1mjwdgep9anrumnhaq52cr237h8upqqeuuxtyvwf7cuttcnakvcyqauzn6v",
      ],
    ]
    files["platform.yaml"] = StyledWriter.file([platform], seed: seed)
    for number in 0..<count {
      let org = "org-\(number)"
      orgs.append(org)
      func add(_ path: String, _ documents: [JSON]) {
        files["orgs/\(org)/\(path)"] = StyledWriter.file(documents, seed: random.next())
      }
      add("organization.yaml", [Self.organization(org, &random)])
      add("relays/relays.yaml", (0..<Int.random(in: 1...3, using: &random)).map { Self.relay($0, &random) })
      add("keys/keys.yaml", (0..<Int.random(in: 2...4, using: &random)).map { Self.key($0, &random) })
      add("users/users.yaml", (0..<Int.random(in: 1...3, using: &random)).map { Self.user($0, &random) })
    }
  }

  /// The files of one organization, and the platform's.
  func files(of org: String) -> [String: [UInt8]] {
    files.filter { $0.key == "platform.yaml" || $0.key.hasPrefix("orgs/\(org)/") }
  }

  private static func document(_ kind: Kind, _ name: String, _ spec: JSON.Members, _ random: inout SeededRandom) -> JSON
  {
    var metadata: JSON.Members = ["name": .string(name)]
    if random.chance(60) {
      metadata["labels"] = ["tier": "gold", "zone": .string("z \(name)".replacing(" ", with: "-"))]
    }
    if random.chance(15) { metadata["annotations"] = ["note": "it's: a #note, [really]"] }
    return [
      "apiVersion": "wpex.io/v1alpha1", "kind": .string(kind.rawValue), "metadata": .object(metadata),
      "spec": .object(spec),
    ]
  }

  private static func organization(_ name: String, _ random: inout SeededRandom) -> JSON {
    var spec: JSON.Members = ["displayName": .string("Org: \(name) #1")]
    if random.chance(80) {
      spec["status"] = .string(["pending", "active", "disabled"].randomElement(using: &random) ?? "")
    }
    if random.chance(60) { spec["limits"] = ["relays": 6, "keys": 40] }
    if random.chance(40) { spec["slaTarget"] = 99 }
    if random.chance(80) { spec["allowedRegions"] = ["eu", "eu-south"] }
    if random.chance(60) { spec["portRange"] = "30100-30199" }
    if random.chance(50) {
      spec["contacts"] = [["name": "Ops, night", "email": "noc@org.example", "phone": "+39 02 5550 100"]]
    }
    return document(.organization, name, spec, &random)
  }

  private static func relay(_ number: Int, _ random: inout SeededRandom) -> JSON {
    var spec: JSON.Members = ["region": "eu", "port": .integer(30_100 + number)]
    if random.chance(60) { spec["state"] = random.chance(50) ? "running" : "stopped" }
    var keys: JSON.Members = [:]
    let hasNames = random.chance(80)
    if hasNames { keys["names"] = .array(["key-0", "key-1", "key-2"].shuffled(using: &random)) }
    if !hasNames || random.chance(40) { keys["selector"] = ["matchLabels": ["tier": "gold"]] }
    if random.chance(30) {
      spec["image"] = ["repository": "ghcr.io/wpex/wpex-relay", "tag": "1.0", "digest": .string(digest("a"))]
    }
    spec["keys"] = .object(keys)
    if random.chance(40) { spec["bandwidthMbps"] = 100 }
    if random.chance(30) { spec["resources"] = ["requests": ["cpu": "100m", "memory": "64Mi"]] }
    if random.chance(30) { spec["restartedAt"] = "2026-01-01T00:00:00Z" }
    if random.chance(30) { spec["tests"] = ["mustConnect": [["key-0", "key-1"]]] }
    if random.chance(20) { spec["deletionProtection"] = true }
    // Nobody is bound to the schema's order.
    if random.chance(30) { spec = JSON.Members(spec.pairs.shuffled(using: &random)) }
    return document(.relay, "relay-\(number)", spec, &random)
  }

  private static func key(_ number: Int, _ random: inout SeededRandom) -> JSON {
    var spec: JSON.Members = [:]
    if random.chance(70) {
      spec["publicKey"] = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
    } else {
      spec["sealedKey"] = .string(sealed)
    }
    if random.chance(50) { spec["alias"] = .string("Warehouse: \"\(number)\", it's the north") }
    if random.chance(60) { spec["status"] = random.chance(70) ? "active" : "revoked" }
    if random.chance(40) { spec["expires"] = "2031-12-31" }
    if random.chance(40) {
      spec["site"] = ["region": "eu", "subnet": .string("10.20.\(number).0/24"), "location": "Milano, IT"]
    }
    return document(.key, "key-\(number)", spec, &random)
  }

  private static func user(_ number: Int, _ random: inout SeededRandom) -> JSON {
    var spec: JSON.Members = ["displayName": "Sara O'Neill", "email": "sara@org.example"]
    if random.chance(70) {
      spec["status"] = .string(["pending", "active", "disabled"].randomElement(using: &random) ?? "")
    }
    spec["roles"] = random.chance(70) ? ["viewer"] : ["viewer", "engineer"]
    if random.chance(50) {
      spec["identities"] = [
        "github": "sara", "oidc": [["issuer": "https://id.example.net", "subject": "1001"]],
        "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"],
      ]
    }
    return document(.user, "user-\(number)", spec, &random)
  }

  static func digest(_ character: Character) -> String { "sha256:" + String(repeating: character, count: 64) }
}
