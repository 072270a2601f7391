import Testing

@testable import StatusServer

@Suite struct OwnOriginTests {
  private func accepts(_ public: String?, listens: String?, origin: String?, site: String?, host: String) -> Bool {
    OwnOrigin(publicAddress: `public`, listensOn: listens).accepts(origin: origin, site: site, host: host)
  }

  /// What browsers say of a server's own pages, and what programs send.
  @Test(
    arguments: [
      (nil, "127.0.0.1", nil, nil, "127.0.0.1:8420"),
      (nil, "127.0.0.1", "http://127.0.0.1:8420", "same-origin", "127.0.0.1:8420"),
      (nil, "127.0.0.1", "http://localhost:8420", "same-origin", "localhost:8420"),
      (nil, "127.0.0.1", "http://LOCALHOST:8420", "none", "LOCALHOST:8420"),
      (nil, "::1", "http://[::1]:8420", "same-origin", "[::1]:8420"),
      (nil, "localhost", "http://localhost", nil, "localhost"),
      // Where nobody says by which name browsers come.
      (nil, "0.0.0.0", "http://status.lan:8420", "same-origin", "status.lan:8420"),
      (nil, nil, "http://status.lan", nil, "status.lan"),
      ("https://status.example.org", nil, "https://status.example.org", "same-origin", "status.example.org"),
      ("https://status.example.org/", nil, "https://status.example.org", nil, "status.example.org"),
      ("https://status.example.org:8443", nil, "https://status.example.org:8443", nil, "status.example.org:8443"),
      ("https://status.example.org", "127.0.0.1", "http://127.0.0.1:8420", nil, "127.0.0.1:8420"),
      ("https://[2001:db8::1]", nil, "https://[2001:db8::1]", nil, "[2001:db8::1]"),
    ] as [(String?, String?, String?, String?, String)])
  func ownPagesAreTaken(_ public: String?, _ listens: String?, _ origin: String?, _ site: String?, _ host: String) {
    #expect(accepts(`public`, listens: listens, origin: origin, site: site, host: host))
  }

  @Test(
    arguments: [
      (nil, "127.0.0.1", "https://evil.example", "cross-site", "127.0.0.1:8420"),
      (nil, "127.0.0.1", "https://evil.example", nil, "127.0.0.1:8420"),
      (nil, "127.0.0.1", nil, "cross-site", "127.0.0.1:8420"), (nil, "127.0.0.1", nil, "same-site", "127.0.0.1:8420"),
      (nil, "127.0.0.1", "null", nil, "127.0.0.1:8420"), (nil, "127.0.0.1", "", nil, "127.0.0.1:8420"),
      // Another port of this machine is another origin.
      (nil, "127.0.0.1", "http://127.0.0.1:9999", "same-site", "127.0.0.1:8420"),
      (nil, "127.0.0.1", "http://127.0.0.1:9999", nil, "127.0.0.1:8420"),
      // A name of somebody else's that resolves to this address.
      (nil, "127.0.0.1", "http://evil.example:8420", "same-origin", "evil.example:8420"),
      (nil, "::1", "http://evil.example", "same-origin", "evil.example"),
      (nil, "localhost", "http://evil.example", "same-origin", "evil.example"),
      ("https://status.example.org", nil, "https://evil.example", "same-origin", "evil.example"),
      (
        "https://status.example.org", nil, "https://status.example.org.evil.example", nil,
        "status.example.org.evil.example"
      ),
      ("https://status.example.org", "127.0.0.1", "http://evil.example:8420", "same-origin", "evil.example:8420"),
      ("https://status.example.org", nil, "https://status.example.org@evil.example", nil, "status.example.org"),
    ] as [(String?, String?, String?, String?, String)])
  func othersAreRefused(_ public: String?, _ listens: String?, _ origin: String?, _ site: String?, _ host: String) {
    #expect(!accepts(`public`, listens: listens, origin: origin, site: site, host: host))
  }
}
