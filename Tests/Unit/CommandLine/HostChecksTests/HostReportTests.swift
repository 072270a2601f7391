import HostChecks
import Testing
import TextFormats

@Suite struct HostReportTests {
  private static var facts: HostFacts {
    var facts = HostFacts()
    facts.relays = [30_101, 30_102, 40_000].map { HostFacts.Relay(name: "acme/\($0)", region: "", port: $0) }
    facts.kernel["net.core.rmem_max"] = "212992"
    facts.openFiles = (1_024, "a relay")
    return facts
  }

  @Test func linesCanBeCopied() {
    let report = HostReport(Self.facts)
    #expect(report.openings(.nftables) == ["nft add rule inet filter input udp dport { 30101-30102, 40000 } accept"])
    #expect(report.openings(.ufw) == ["ufw allow 30101:30102/udp", "ufw allow 40000/udp"])
    #expect(report.openings(.none).isEmpty)
    let text = report.text(.ufw, colors: false)
    #expect(text.contains("\n# /etc/sysctl.d/60-wpex.conf; then: sysctl --system\nnet.core.rmem_max = 8388608\n"))
    #expect(!text.contains("notrack"), "nothing is tracked")
  }

  @Test func coloursAreAskedFor() {
    let report = HostReport(Self.facts)
    #expect(!report.text(.none, colors: false).contains("\u{1B}"))
    #expect(report.text(.none, colors: true).contains("\u{1B}[33mwarning\u{1B}[0m  buffers"))
  }

  /// A name that a tenant chose cannot write to the terminal.
  @Test func namesAreShownVisibly() {
    var facts = Self.facts
    facts.relays[0].name = "acme/\u{1B}[2J"
    facts.sockets = [HostFacts.Socket(port: 30_101, process: ("na\u{1B}med", 1))]
    #expect(!HostReport(facts).text(.none, colors: false).contains("\u{1B}"))
  }

  @Test func programsReadTheSame() throws {
    let json = HostReport(Self.facts).json(.nftables)
    let findings = json["findings"]?.elements ?? []
    #expect(
      findings.contains { $0["check"]?.text == "buffers" && $0["state"]?.text == "warning" && $0["advice"] != nil })
    #expect(json["sysctl"]?["net.core.rmem_max"]?.text == "8388608")
    #expect(json["firewall"]?.elements?.count == 1 && json["notrack"]?.elements?.isEmpty == true)
  }
}
