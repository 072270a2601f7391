import ConfigModel
import Testing

@testable import StatusServer

@Suite struct AddressRulesTests {
  private static let proxies = ["127.0.0.1/32", "10.1.0.0/16", "2001:db8:aa::/48"].compactMap { IPNetwork($0) }

  private func client(_ peer: String, _ headers: [String]) -> String? {
    AddressRules.client(AddressRules.address(peer), forwardedFor: headers, trusted: Self.proxies).map { "\($0)" }
  }

  @Test(
    arguments: [
      // Who is not a trusted proxy says nothing.
      ("198.51.100.7", ["203.0.113.1"], "198.51.100.7"),
      ("2001:db8::7", ["127.0.0.1"], "2001:db8::7"),
      // A proxy adds who came to it; what is before that, the client sent.
      ("127.0.0.1", ["203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["192.0.2.99, 203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["192.0.2.99", "203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["192.0.2.99,,203.0.113.1 , "], "203.0.113.1"),
      ("127.0.0.1", ["nonsense, 203.0.113.1"], "203.0.113.1"),
      // Two proxies, one behind the other.
      ("127.0.0.1", ["192.0.2.99, 203.0.113.1, 10.1.2.3"], "203.0.113.1"),
      ("10.1.2.3", ["203.0.113.1", "10.1.0.9"], "203.0.113.1"),
      // A proxy itself.
      ("127.0.0.1", [], "127.0.0.1"), ("127.0.0.1", [""], "127.0.0.1"), ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),
      // Forms of addresses.
      ("::ffff:127.0.0.1", ["203.0.113.1"], "203.0.113.1"),
      ("::ffff:7f00:1", ["203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["203.0.113.1:4711"], "203.0.113.1"),
      ("127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
      ("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
      ("127.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
      ("127.0.0.1", ["fe80::1%eth0"], "fe80::1"),
      ("127.0.0.1", ["::ffff:203.0.113.1"], "203.0.113.1"), ("127.0.0.1", ["::FFFF:CB00:7101"], "203.0.113.1"),
      ("2001:db8:aa::1", ["2001:db8:bb::1"], "2001:db8:bb::1"),
    ] as [(String, [String], String)])
  func theClientIsTheLastThatIsNoProxy(_ peer: String, _ headers: [String], _ expected: String) {
    #expect(client(peer, headers) == expected)
  }

  /// What a trusted proxy wrote last is what counts, and it is not an address.
  @Test(
    arguments: [
      "unknown", "_hidden", "203.0.113.1, unknown", "203.0.113.1 198.51.100.1", "203.0.113.1:port", "203.0.113.1:70000",
      "[2001:db8::1", "2001:db8::1]:80", "0x7f.1", "2130706433", "\u{FF11}27.0.0.1", "203.0.113.1\u{301}",
    ])
  func nobodyIsTakenForAProxyByNonsense(_ header: String) { #expect(client("127.0.0.1", [header]) == nil) }

  @Test func nobodyKnownPassesAnEmptyListAlone() {
    #expect(AddressRules.allow(nil, []))
    #expect(!AddressRules.allow(nil, ["0.0.0.0/0", "::/0"]))
    #expect(!AddressRules.allow(AddressRules.address("::ffff:192.0.2.1"), ["::/0"]))
    #expect(AddressRules.allow(AddressRules.address("::ffff:192.0.2.1"), ["192.0.2.1"]))
  }
}
