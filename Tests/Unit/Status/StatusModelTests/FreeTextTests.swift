import Testing

@testable import StatusModel

@Suite struct FreeTextTests {
  @Test(
    arguments: [
      ("event=peer_moved key=hq from=127.9.1.1:51820 to=127.9.1.2:51821", "event=peer_moved key=hq from=… to=…"),
      ("from=[2001:db8::1]:51820 to=2001:db8::2", "from=[…]:51820 to=…"),
      ("subnet 10.1.0.0/16 is not 2001:db8:a::/48.", "subnet … is not …."),
      ("it came from 192.0.2.1.", "it came from …."), ("192.0.2.1", "…"), ("::1", "…"),
      ("a ::ffff:192.0.2.1 b", "a … b"),
      ("fe80::1%eth0", "…%eth0"), ("192.0.2.1,192.0.2.2;192.0.2.3", "…,…;…"), ("é192.0.2.1é", "é…é"),
      ("\u{301}192.0.2.1\u{301}", "\u{301}…\u{301}"), ("(192.0.2.1)", "(…)"), ("192.0.2.1\r\n192.0.2.2", "…\r\n…"),
      ("publicIP: 198.51.100.7 # home", "publicIP: … # home"), ("1.2.3.4.5.6.7.8", "….…"),
      // What is none.
      ("2026-11-25T04:00:00.123Z level=info", "2026-11-25T04:00:00.123Z level=info"), ("wpex 1.2.3", "wpex 1.2.3"),
      ("3 of 4 sessions: bad", "3 of 4 sessions: bad"), ("orgs/acme/keys/a.yaml:12:3", "orgs/acme/keys/a.yaml:12:3"),
      ("256.1.1.1", "256.1.1.1"), ("", ""), (":", ":"), ("a:b", "a:b"), ("12:34", "12:34"),
      ("face: cafe", "face: cafe"),
    ])
  func addressesAreNotSeen(_ text: String, _ expected: String) { #expect(text.withoutAddresses == expected) }

  @Test func aLongTextTakesNoLongerThanItIs() {
    let text = String(repeating: "1:2.3:4.", count: 50_000)
    #expect(text.withoutAddresses.utf8.count <= text.utf8.count)
  }
}
