import Testing
import TextFormats

@Suite struct HostPortTests {
  @Test(arguments: [
    ("127.0.0.1:80", "127.0.0.1", 80), (":8080", "", 8_080), ("[::1]:1", "::1", 1), ("host:2", "host", 2),
    ("h:0", "h", 0), ("h:65535", "h", 65_535),
  ])
  func isSplit(_ text: String, _ host: String, _ port: UInt16) {
    #expect(HostPort(text) == HostPort(host: host, port: port))
  }

  @Test(arguments: ["", "8080", "::1:80", "host:99999", "host:", "host:-1", "host:+1", "host: 1", "[::1]", "host:１"])
  func otherFormsAreNone(_ text: String) { #expect(HostPort(text) == nil) }

  @Test func bracketsMayBeLeftOutIfTheCallerSaysSo() {
    #expect(HostPort("::1:80", acceptsBareIPv6: true) == HostPort(host: "::1", port: 80))
    #expect(HostPort("[::1]:80", acceptsBareIPv6: true) == HostPort(host: "::1", port: 80))
  }

  @Test(
    arguments: [
      ("192.0.2.1", "192.0.2.1:80"), ("2001:db8::1", "[2001:db8::1]:80"), ("::1", "[::1]:80"),
      ("a.example", "a.example:80"),
      ("", ":80"),
    ])
  func addressesOfIPv6HaveBrackets(_ host: String, _ expected: String) {
    #expect(HostPort.text(host, 80) == expected)
    #expect(HostPort(expected) == HostPort(host: host, port: 80))
  }
}
