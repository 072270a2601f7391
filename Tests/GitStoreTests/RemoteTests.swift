import Testing

@testable import GitStore

@Suite struct RemoteTests {
  @Test(arguments: [
    ("https://user:token@git.example.org/x.git", "https://git.example.org/x.git"),
    ("https://git.example.org/a@b.git", "https://git.example.org/a@b.git"),
    ("ssh://git@git.example.org:22/x.git", "ssh://git.example.org:22/x.git"), ("/srv/x@y.git", "/srv/x@y.git"),
  ])
  func addressIsShownWithoutCredentials(_ url: String, _ shown: String) { #expect(GitURL.shown(url) == shown) }

  @Test func knownHostsTrustsTheirKeyOnly() {
    let hosts = KnownHosts(
      "# comment\ngit.example.org,192.0.2.1 ssh-rsa AAAA\n[other.example]:2222 ssh-ed25519 BBBB\n@revoked x ssh-rsa CCCC\nbroken\n"
    )
    #expect(hosts.trusts([0, 0, 0], host: "git.example.org", port: 22))
    #expect(hosts.trusts([0, 0, 0], host: "192.0.2.1", port: 22))
    #expect(!hosts.trusts([0, 0, 0], host: "git.example.org", port: 23))
    #expect(!hosts.trusts([0, 0, 1], host: "git.example.org", port: 22))
    #expect(hosts.trusts([4, 16, 65], host: "other.example", port: 2_222))
    #expect(!hosts.trusts([4, 16, 65], host: "other.example", port: 22))
  }
}
