import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
import RepositorySupport

/// A repository that is made of plain values, so that a test knows what it declares without the compiler; and random commits
/// to it, the same for the same seed.
struct GeneratedRepository {
  struct Key: Equatable {
    var name: String
    var network: Int
    var material: Int
    var isRevoked = false
  }

  struct Relay: Equatable {
    var name: String
    var region: String
    var port: Int
    var names: [String]
    var network: Int?
    var isStopped = false
    var cpu: Int?
    var bandwidth: Int?
    var restartedAt: Int?
    var isProtected = false
    var tag: Int?
  }

  struct User: Equatable {
    var name: String
    var role: String
    var status = "active"
  }

  struct Organization: Equatable {
    var name: String
    var slot: Int
    var keys: [Key]
    var relays: [Relay]
    var users: [User]
    var limit = 1_000
    var title = "an organization"
    var isIdentified = true
  }

  var organizations: [Organization] = []
  var hosts = ["eu-north": "north.example.net", "eu-south": "south.example.net"]
  var imageTag = 1
  var permissions = ["relays:read", "keys:read"]
  /// Comments and layout.
  var layout = 0
  private var counter = 0
  private var slots = 0

  init(seed: UInt64, organizations count: Int = 4) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<count { addOrganization(&random) }
  }

  // MARK: - Random commits

  private mutating func next() -> Int {
    counter += 1
    return counter
  }

  private mutating func addOrganization(_ random: inout SeededRandom) {
    let slot = slots
    slots += 1
    var organization = Organization(
      name: "org-\(slot)", slot: slot, keys: [], relays: [],
      users: [User(name: "engineer-\(slot)", role: "engineer"), User(name: "viewer-\(slot)", role: "viewer")])
    organization.keys = [Key(name: "core", network: 0, material: next())]
    for index in 0..<6 { organization.keys.append(Key(name: "site-\(index)", network: index % 3, material: next())) }
    organizations.append(organization)
    for _ in 0..<3 { addRelay(organizations.count - 1, &random) }
  }

  private mutating func addRelay(_ position: Int, _ random: inout SeededRandom) {
    let organization = organizations[position]
    guard organization.relays.count < 90 else { return }
    let number = next()
    var port = 10_000 + organization.slot * 100
    while organization.relays.contains(where: { $0.port == port }) { port += 1 }
    organizations[position].relays.append(
      Relay(
        name: "relay-\(number)", region: ["eu-north", "eu-south"].randomElement(using: &random) ?? "eu-north",
        port: port,
        // The core key is never revoked: no relay is ever open.
        names: ["core"], network: Bool.random(using: &random) ? 0 : nil))
  }

  /// One to three random changes.
  mutating func commit(_ random: inout SeededRandom) {
    for _ in 0..<Int.random(in: 1...3, using: &random) { change(&random) }
  }

  private mutating func change(_ random: inout SeededRandom) {
    guard let position = organizations.indices.randomElement(using: &random) else { return }
    let kind = Int.random(in: 0..<26, using: &random)
    switch kind {
    case 0:
      layout += 1
    case 1:
      organizations[position].keys.append(
        Key(name: "site-\(next())x", network: Int.random(in: 0..<3, using: &random), material: next()))
    case 2...5: changeKey(position, kind, &random)
    case 6: addRelay(position, &random)
    case 7...18: changeRelay(position, kind, &random)
    case 19:
      if let user = organizations[position].users.indices.randomElement(using: &random) {
        organizations[position].users[user].role =
          ["engineer", "viewer", "auditor"].randomElement(using: &random) ?? ""
      }
    case 20:
      if let user = organizations[position].users.indices.randomElement(using: &random) {
        organizations[position].users[user].status =
          ["active", "pending", "disabled"].randomElement(using: &random) ?? ""
      }
    case 21: organizations[position].limit += 1
    case 22: organizations[position].title += "!"
    case 23: imageTag += 1
    case 24:
      if Bool.random(using: &random) {
        permissions = permissions.count == 2 ? permissions + ["diagnostics:run"] : Array(permissions.prefix(2))
      } else {
        hosts["eu-north"] = "north-\(next()).example.net"
      }
    default:
      if organizations.count < 3 || Bool.random(using: &random) {
        addOrganization(&random)
      } else {
        organizations.remove(at: position)
      }
    }
  }

  private mutating func changeKey(_ position: Int, _ kind: Int, _ random: inout SeededRandom) {
    let candidates = organizations[position].keys.indices.filter { organizations[position].keys[$0].name != "core" }
    guard let index = candidates.randomElement(using: &random) else { return }
    switch kind {
    case 2:
      let name = organizations[position].keys.remove(at: index).name
      for relay in organizations[position].relays.indices {
        organizations[position].relays[relay].names.removeAll { $0 == name }
      }
    case 3: organizations[position].keys[index].material = next()
    case 4: organizations[position].keys[index].isRevoked.toggle()
    default: organizations[position].keys[index].network = Int.random(in: 0..<3, using: &random)
    }
  }

  private mutating func changeRelay(_ position: Int, _ kind: Int, _ random: inout SeededRandom) {
    guard let index = organizations[position].relays.indices.randomElement(using: &random) else { return }
    var relay = organizations[position].relays[index]
    switch kind {
    case 7:
      organizations[position].relays.remove(at: index)
      return
    case 8:
      let free = (0..<100).map { 10_000 + organizations[position].slot * 100 + $0 }
        .filter { port in !organizations[position].relays.contains { $0.port == port } }
      relay.port = free.randomElement(using: &random) ?? relay.port
    case 9: relay.region = relay.region == "eu-north" ? "eu-south" : "eu-north"
    case 10: relay.isStopped.toggle()
    case 11: relay.cpu = Int.random(in: 1...3, using: &random)
    case 12: relay.bandwidth = Int.random(in: 1...500, using: &random)
    case 13: relay.restartedAt = next()
    case 14: relay.isProtected.toggle()
    case 15: relay.tag = next()
    case 16: relay.network = relay.network == nil ? 0 : nil
    default:
      let key = organizations[position].keys.randomElement(using: &random)?.name ?? "core"
      if let there = relay.names.firstIndex(of: key) {
        if key != "core" { relay.names.remove(at: there) }
      } else {
        relay.names.append(key)
      }
    }
    organizations[position].relays[index] = relay
  }

  // MARK: - What it declares, without the compiler

  struct Access: Hashable {
    let org: String
    let relay: String
    let key: String
  }

  /// Every key that every relay lets in, with its material.
  var access: [Access: Int] {
    var access: [Access: Int] = [:]
    for organization in organizations {
      for relay in organization.relays {
        for key in organization.keys where !key.isRevoked {
          let isSelected = relay.names.contains(key.name) || relay.network.map { $0 == key.network } ?? false
          if isSelected { access[Access(org: organization.name, relay: relay.name, key: key.name)] = key.material }
        }
      }
    }
    return access
  }

  /// What every active user may do.
  var rights: [String: Set<String>] {
    var rights: [String: Set<String>] = [:]
    for organization in organizations {
      for user in organization.users where user.status == "active" {
        let granted: [String] =
          switch user.role {
          case "auditor": permissions
          case "viewer": ["orgs:read", "users:read", "keys:read", "relays:read", "metrics:read"]
          default:
            [
              "orgs:read", "users:read", "users:write", "users:approve", "keys:read", "keys:write", "relays:read",
              "relays:write", "metrics:read", "audit:read", "diagnostics:run",
            ]
          }
        rights["\(organization.name)/\(user.name)"] = Set(granted)
      }
    }
    return rights
  }

  /// `host:port` of every relay.
  var endpoints: [Access: String] {
    var endpoints: [Access: String] = [:]
    for organization in organizations {
      for relay in organization.relays {
        endpoints[Access(org: organization.name, relay: relay.name, key: "")] =
          "\(hosts[relay.region] ?? ""):\(relay.port)"
      }
    }
    return endpoints
  }

  /// 32 bytes that no other number gives.
  static func publicKey(_ number: Int) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(number) &+ 77)
    return (0..<32).map { _ in UInt8.random(in: 1...200, using: &random) }
  }

  // MARK: - As files

  private static let recipient = "age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m"

  private static func head(_ kind: String, _ name: String, labels: String = "") -> String {
    "apiVersion: wpex.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\n\(labels)spec:\n"
  }

  var files: [String: String] {
    var files = ["platform.yaml": platform, "README.md": "Layout \(layout)\n"]
    files["roles/auditor.yaml"] =
      Self.head("Role", "auditor") + "  scope: org\n  permissions: [\(permissions.joined(separator: ", "))]\n"
    for name in ["anna", "otto"] { files["users/\(name).yaml"] = Self.user(User(name: name, role: "admin")) }
    for organization in organizations {
      let folder = "orgs/\(organization.name)"
      files["\(folder)/organization.yaml"] =
        String(repeating: "# a comment\n", count: layout % 3) + Self.organization(organization)
      // In one file, so that lines move.
      files["\(folder)/keys/all.yaml"] = organization.keys.map { key in
        (layout % 2 == 0 ? "" : "# the next one\n")
          + Self.head("Key", key.name, labels: "  labels: { network: net-\(key.network) }\n")
          + "  publicKey: \(Data(Self.publicKey(key.material)).base64EncodedString())\n"
          + (key.isRevoked ? "  status: revoked\n" : layout % 2 == 0 ? "" : "  status: active\n")
      }.joined(separator: "---\n")
      files["\(folder)/users/all.yaml"] = organization.users.map(Self.user).joined(separator: "---\n")
      if !organization.relays.isEmpty {
        files["\(folder)/relays/all.yaml"] = organization.relays.map(relay).joined(separator: "---\n")
      }
    }
    return files
  }

  private var platform: String {
    Self.head("Platform", "generated") + "  regions:\n"
      + hosts.sorted { $0.key < $1.key }.map {
        "    - name: \($0.key)\n      publicHost: \($0.value)\n      portRange: 10000-65000\n"
      }.joined()
      + "  relay:\n    image: { repository: registry.example.net/relay, tag: v\(imageTag), digest: sha256:\(String(repeating: "0", count: 56))\(String(10_000_000 + imageTag)) }\n"
      + "  recipient: \(Self.recipient)\n  policy: { maxDeletions: { count: 2, percent: 30 } }\n"
  }

  private static func organization(_ organization: Organization) -> String {
    let low = 10_000 + organization.slot * 100
    return head("Organization", organization.name)
      + "  displayName: \"\(organization.title)\"\n  status: active\n  limits: { relays: \(organization.limit) }\n"
      + "  allowedRegions: [eu-north, eu-south]\n  portRange: \(low)-\(low + 99)\n  identity: { recipient: \(recipient) }\n"
  }

  private static func user(_ user: User) -> String {
    head("User", user.name)
      + "  displayName: \(user.name)\n  email: \(user.name)@example.net\n  status: \(user.status)\n  roles: [\(user.role)]\n"
      + "  identities:\n    github: \(user.name)\n    oidc: [{ issuer: \"https://id.example.net\", subject: \(user.name) }]\n"
  }

  private func relay(_ relay: Relay) -> String {
    var text = Self.head("Relay", relay.name) + "  region: \(relay.region)\n  port: \(relay.port)\n"
    text += relay.isStopped ? "  state: stopped\n" : layout % 2 == 0 ? "" : "  state: running\n"
    text += "  keys:\n    names: [\(relay.names.joined(separator: ", "))]\n"
    if let network = relay.network { text += "    selector: { matchLabels: { network: net-\(network) } }\n" }
    if let cpu = relay.cpu { text += "  resources: { requests: { cpu: \(cpu)00m } }\n" }
    if let bandwidth = relay.bandwidth { text += "  bandwidthMbps: \(bandwidth)\n" }
    if let moment = relay.restartedAt {
      text += "  restartedAt: 2026-01-01T00:\(10 + moment / 60 % 50):\(10 + moment % 50)Z\n"
    }
    if relay.isProtected { text += "  deletionProtection: true\n" }
    if let tag = relay.tag {
      text +=
        "  image: { repository: registry.example.net/other, tag: v\(tag), digest: sha256:\(String(repeating: "1", count: 56))\(String(10_000_000 + tag)) }\n"
    }
    return text
  }
}

/// SplitMix64: the same numbers on every machine.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
