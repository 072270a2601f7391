import ArgumentParser
import FoundationEssentials

struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a synthetic config repository; the same numbers make the same files.")

  @Option(help: "Organizations.") var orgs = 1_000
  @Option(help: "Relays, spread over the organizations.") var relays = 10_000
  @Option(help: "Keys, spread over the organizations.") var keys = 100_000
  @Option(help: "Documents in a file of keys.") var documentsPerFile = 1
  @Option(help: "Rules of the operator about keys, all of which hold.") var rules = 0
  @Option(help: "The folder to write; it must not exist yet.") var out: String

  func run() async throws {
    guard !FileManager.default.fileExists(atPath: out) else { throw ValidationError("\(out) exists already") }
    let relaysPerOrg = max(1, relays / orgs)
    let keysPerOrg = max(2, keys / orgs)
    // A port range for each organization, with as many ports as relays; the same in every region.
    let slice = max(relaysPerOrg, 1)
    let regions = ["eu-north", "eu-south", "us-east", "us-west"]
    guard orgs * slice <= 60_000 else { throw ValidationError("more relays than ports: lower --relays") }
    try write("platform.yaml", Self.platform(regions) + OperatorRules.text(rules))
    try write("users/root.yaml", Self.user("root", role: "admin"))
    for org in 0..<orgs {
      let folder = "orgs/org-\(org)"
      let low = 5_000 + org * slice
      try write(
        "\(folder)/organization.yaml", Self.organization("org-\(org)", regions, ports: "\(low)-\(low + slice - 1)"))
      try write("\(folder)/users/engineer.yaml", Self.user("engineer-\(org)", role: "engineer"))
      var file: [String] = []
      for key in 0..<keysPerOrg {
        file.append(Self.key("key-\(key)", org: org, index: key, region: regions[key % regions.count]))
        if file.count == documentsPerFile || key == keysPerOrg - 1 {
          try write("\(folder)/keys/key-\(key).yaml", file.joined(separator: "---\n"))
          file = []
        }
      }
      for relay in 0..<relaysPerOrg {
        try write(
          "\(folder)/relays/relay-\(relay).yaml",
          Self.relay("relay-\(relay)", region: regions[relay % regions.count], port: low + relay, group: relay % 10))
      }
    }
  }

  private func write(_ path: String, _ text: String) throws {
    let full = "\(out)/\(path)"
    let parent = full.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: full))
  }

  private static let recipient = "age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m"

  private static func head(_ kind: String, _ name: String, labels: String? = nil) -> String {
    "apiVersion: wpex.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\n"
      + (labels.map { "  labels: { \($0) }\n" } ?? "") + "spec:\n"
  }

  private static func platform(_ regions: [String]) -> String {
    head("Platform", "synthetic") + "  regions:\n"
      + regions.map {
        "    - name: \($0)\n      publicHost: relay.\($0).example.net\n      portRange: 5000-65535\n"
      }.joined()
        + """
          relay:
            image:
              repository: registry.example.net/wpex-relay
              digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
          recipient: \(recipient)

        """
  }

  private static func organization(_ name: String, _ regions: [String], ports: String) -> String {
    head("Organization", name) + """
        displayName: Synthetic \(name)
        status: active
        limits: { relays: 1000, keys: 100000, users: 100 }
        slaTarget: 99.9
        allowedRegions: [\(regions.joined(separator: ", "))]
        portRange: \(ports)
        contacts:
          - name: Network operations
            email: noc@\(name).example
        identity:
          recipient: \(recipient)

      """
  }

  private static func user(_ name: String, role: String) -> String {
    head("User", name) + """
        displayName: \(name)
        email: \(name)@example.net
        status: active
        roles: [\(role)]
        identities:
          github: \(name)

      """
  }

  private static func key(_ name: String, org: Int, index: Int, region: String) -> String {
    head("Key", name, labels: "network: net-\(index % 10), tier: gold") + """
        publicKey: \(publicKey(org, index))
        alias: Site \(index) of organization \(org)
        status: active
        site:
          region: \(region)
          subnet: 10.\((index >> 14) & 255).\((index >> 6) & 255).\((index & 63) << 2)/30
          publicIP: 198.51.\(org % 250).\(index % 250)
          location: Milano, IT

      """
  }

  private static func relay(_ name: String, region: String, port: Int, group: Int) -> String {
    head("Relay", name, labels: "tier: gold") + """
        region: \(region)
        port: \(port)
        state: running
        bandwidthMbps: 100
        keys:
          names: [key-0, key-1]
          selector:
            matchLabels: { network: net-\(group) }

      """
  }

  /// 32 bytes that are unique for a pair of numbers; their private keys are unknown.
  private static func publicKey(_ org: Int, _ index: Int) -> String {
    var state = UInt64(org) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index) &+ 1
    var bytes: [UInt8] = []
    for _ in 0..<4 {
      state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      state ^= state >> 27
      bytes += withUnsafeBytes(of: state, Array.init)
    }
    return Data(bytes).base64EncodedString()
  }
}
