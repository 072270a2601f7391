import ConfigModel
import HostChecks
import Testing

@Suite struct HostCheckTests {
  private static func facts(_ change: (inout HostFacts) -> Void) -> HostFacts {
    var facts = HostFacts()
    facts.now = 1_800_000_000
    facts.regions = [HostFacts.Region(name: "north", publicHost: "relay.example.net")]
    facts.relays = [30_101, 30_102, 30_103, 30_110].map {
      HostFacts.Relay(name: "acme/\($0)", region: "north", port: $0)
    }
    change(&facts)
    return facts
  }

  private func states(_ check: HostCheck, _ change: (inout HostFacts) -> Void) -> [HostFinding.State] {
    check.findings(Self.facts(change)).map(\.state)
  }

  private func text(_ check: HostCheck, _ change: (inout HostFacts) -> Void) -> String {
    check.findings(Self.facts(change)).map { "\($0.text) → \($0.advice ?? "")" }.joined(separator: "\n")
  }

  // MARK: - Ports

  @Test func portsAreFreeOrOurs() {
    let found = HostCheck.ports.findings(
      Self.facts { $0.sockets = [HostFacts.Socket(port: 30_110, process: ("wpex-relay", 7))] })
    #expect(found.map(\.state) == [.ok, .ok])
    #expect(found.map(\.text) == ["UDP port 30110 is in use by relays", "UDP ports 30101-30103 are free"])
  }

  @Test func aTakenPortIsAProblem() {
    let text = text(.ports) { $0.sockets = [HostFacts.Socket(port: 30_102, process: ("named", 812))] }
    #expect(text.contains("UDP port 30102 of `acme/30102` is taken by named (process 812) → stop that program"))
    #expect(
      states(.ports) { $0.sockets = [HostFacts.Socket(port: 30_102, process: ("named", 812))] }.contains(.problem))
  }

  @Test func aPortOfAnUnseenProgramIsAWarning() {
    #expect(states(.ports) { $0.sockets = [HostFacts.Socket(port: 30_101, process: nil)] } == [.warning, .ok])
  }

  @Test func portsOfTheKernelAreReserved() {
    let busy = Self.facts {
      $0.relays.append(HostFacts.Relay(name: "40000", region: "", port: 40_000))
      $0.kernel["net.ipv4.ip_local_port_range"] = "32768\t60999"
      $0.kernel["net.ipv4.ip_local_reserved_ports"] = "8080"
    }
    #expect(HostCheck.ports.findings(busy).last?.text.contains("may give UDP port 40000 to another program") == true)
    let setting = HostReport(busy).settings.first { $0.name == "net.ipv4.ip_local_reserved_ports" }
    #expect(setting?.value == "8080,30101-30103,30110,40000")
    var reserved = busy
    reserved.kernel["net.ipv4.ip_local_reserved_ports"] = "8080,30000-40000"
    #expect(HostCheck.ports.findings(reserved).allSatisfy { $0.state == .ok })
  }

  // MARK: - Kernel

  @Test(arguments: [("8388608", 0), ("212992", 1), ("8388607", 1), ("16777216", 0)])
  func buffersHoldABurst(_ value: String, _ warnings: Int) {
    let facts = Self.facts {
      $0.kernel["net.core.rmem_max"] = value
      $0.kernel["net.core.wmem_max"] = "8388608"
    }
    #expect(HostCheck.buffers.findings(facts).count { $0.state == .warning } == warnings)
    #expect(
      HostReport(facts).settings.contains { $0.name == "net.core.rmem_max" && $0.value == "8388608" } == (warnings > 0))
  }

  /// Said of relays in pods only: what runs on the host itself gets bursts as they are.
  @Test func burstsReachPods() {
    #expect(states(.bursts) { _ in } == [])
    #expect(states(.bursts) { $0.uplinks = [("eth0", true), ("eth1", false)] } == [.ok, .warning])
    #expect(text(.bursts) { $0.uplinks = [("eth1", false)] }.contains("→ ethtool -K eth1 rx-udp-gro-forwarding on"))
  }

  @Test(arguments: [
    ("0\t2147483647", [HostFinding.State.ok]), ("1\t0", [.warning]), ("100\t200", [.warning]), ("990 1000", [.ok]),
  ])
  func pingNeedsTheGroup(_ range: String, _ expected: [HostFinding.State]) {
    #expect(
      states(.ping) {
        $0.groups = [998]
        $0.kernel["net.ipv4.ping_group_range"] = range
      } == expected)
  }

  @Test(
    arguments: [
      (nil, "0", "120", [HostFinding.State.ok]), ("1000", "799", "120", [.ok]), ("1000", "800", "120", [.problem]),
      ("1000", "10", "25", [.problem]), ("1000", "10", "26", [.ok]), ("1000", "900", "10", [.problem, .problem]),
    ] as [(String?, String, String, [HostFinding.State])])
  func connectionsAreTrackedLongEnough(
    _ most: String?, _ count: String, _ timeout: String, _ expected: [HostFinding.State]
  ) {
    let found = states(.conntrack) {
      $0.kernel["net.netfilter.nf_conntrack_max"] = most
      $0.kernel["net.netfilter.nf_conntrack_count"] = count
      $0.kernel["net.netfilter.nf_conntrack_udp_timeout_stream"] = timeout
    }
    #expect(found == expected)
  }

  @Test func trackingIsTurnedOffOnlyWhereItIsOn() {
    #expect(HostReport(Self.facts { _ in }).untracking.isEmpty)
    let lines = HostReport(Self.facts { $0.kernel["net.netfilter.nf_conntrack_max"] = "1000" }).untracking
    #expect(lines.contains("nft add rule inet wpex pre udp dport { 30101-30103, 30110 } notrack"))
  }

  @Test func aClockIsSynchronized() {
    #expect(states(.clock) { $0.isClockSynchronized = true } == [.ok])
    #expect(states(.clock) { $0.isClockSynchronized = false } == [.warning])
    #expect(states(.clock) { $0.isClockSynchronized = nil } == [])
  }

  @Test func filesCanBeOpened() {
    #expect(states(.files) { $0.openFiles = (1_024, "a relay") } == [.ok])
    #expect(states(.files) { $0.openFiles = (1_023, "a relay") } == [.warning])
  }

  @Test func confinementNeedsLandlock() {
    #expect(states(.confinement) { $0.landlock = 0 } == [.warning])
    #expect(!text(.confinement) { $0.landlock = 5 }.contains("no other process"))
    #expect(text(.confinement) { $0.landlock = 6 }.contains("no other process"))
  }

  // MARK: - Reach

  private static func addresses(_ texts: [String]) -> [IPAddress] { texts.compactMap { IPAddress($0) } }

  @Test(arguments: [
    // The name's addresses, those of the machine, and what that is.
    (["203.0.113.7"], ["127.0.0.1", "203.0.113.7"], HostFinding.State.ok, "leads here"),
    (["203.0.113.7", "2001:db8::7"], ["203.0.113.7", "2001:db8::7"], .ok, "leads here"),
    (
      ["203.0.113.7"], ["127.0.0.1", "10.0.0.5"], .warning,
      "behind NAT → forward UDP 30101-30103, 30110 from 203.0.113.7"
    ),
    (["203.0.113.8"], ["203.0.113.7"], .problem, "not an address of this machine"),
    (["203.0.113.7", "2001:db8::8"], ["203.0.113.7", "2001:db8::7"], .problem, "leads to 2001:db8::8"),
    ([], ["203.0.113.7"], .problem, "has no address: Name or service not known"),
  ])
  func aNameLeadsHere(_ resolved: [String], _ own: [String], _ state: HostFinding.State, _ words: String) {
    let change: (inout HostFacts) -> Void = {
      $0.addresses = Self.addresses(own)
      $0.resolutions = [
        HostFacts.Resolution(
          host: "relay.example.net", addresses: Self.addresses(resolved),
          error: resolved.isEmpty ? "Name or service not known" : nil)
      ]
    }
    #expect(states(.names, change) == [state])
    #expect(text(.names, change).contains(words), "\(text(.names, change))")
  }

  @Test func relaysAnswer() {
    let running: (inout HostFacts) -> Void = {
      $0.relays[0].isAnswered = true
      $0.relays[1].isAnswered = false
      $0.sockets = [HostFacts.Socket(port: 30_102, process: ("wpex-relay", 7))]
    }
    #expect(states(.answers, running) == [.problem, .ok])
    #expect(text(.answers, running).contains("`acme/30102` does not answer a handshake at relay.example.net:30102"))
    // What does not run cannot answer.
    #expect(states(.answers) { $0.relays[1].isAnswered = false } == [.warning])
    #expect(states(.answers) { _ in } == [])
    // Neither can one whose port another program has.
    let taken: (inout HostFacts) -> Void = {
      $0.relays[1].isAnswered = false
      $0.sockets = [HostFacts.Socket(port: 30_102, process: ("named", 812))]
    }
    #expect(states(.answers, taken) == [])
  }

  // MARK: - Service

  @Test(arguments: [(13.9, HostFinding.State.warning), (14.1, .ok), (-0.1, .problem), (0.5, .warning)])
  func certificatesAreRenewed(_ days: Double, _ state: HostFinding.State) {
    #expect(
      states(.certificate) {
        $0.certificate = HostFacts.Certificate(path: "chain.pem", end: $0.now + days * 86_400)
      } == [state])
  }

  @Test func aCertificateThatCannotBeUsedIsAProblem() {
    let change: (inout HostFacts) -> Void = {
      $0.certificate = HostFacts.Certificate(
        path: "chain.pem", end: nil, problem: "the key belongs to another certificate")
    }
    #expect(states(.certificate, change) == [.problem])
    #expect(text(.certificate, change).contains("`chain.pem` cannot be used: the key belongs to another certificate"))
  }

  @Test(arguments: [
    (50_000_000_000, 100_000_000_000, 1_000_000, HostFinding.State.ok),
    (900_000_000, 2_000_000_000, 1_000_000, .warning),
    (4_000_000_000, 100_000_000_000, 1_000_000, .warning), (99_000_000, 100_000_000_000, 1_000_000, .problem),
    (50_000_000_000, 100_000_000_000, 999, .problem),
  ])
  func theStateHasRoom(_ free: Int, _ total: Int, _ files: Int, _ state: HostFinding.State) {
    #expect(
      states(.disk) { $0.disk = HostFacts.Disk(path: "/var/lib/wpex", free: free, total: total, freeFiles: files) } == [
        state
      ])
  }

  @Test func versionsAgree() {
    #expect(states(.versions) { $0.versions = [("wpex", "1.0"), ("wpex-relay", "1.0"), ("git", "2")] } == [.ok])
    #expect(states(.versions) { $0.versions = [("wpex", "1.1"), ("wpex-relay", "1.0"), ("git", "2")] } == [.warning])
    #expect(
      states(.versions) { $0.versions = [("wpex", "1.0"), ("wpex-relay", nil), ("git", nil)] } == [
        .problem, .problem, .ok,
      ])
  }
}
