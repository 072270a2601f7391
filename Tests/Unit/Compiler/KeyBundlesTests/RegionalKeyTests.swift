import KeyBundles
import TextFormats
import Testing

/// Keys that the regions of a relay share.
@Suite struct RegionalKeyTests {
  /// Daemons that share the platform's identity, and nothing else, have the same key for a relay.
  @Test func sameIdentityGivesTheSameKey() throws {
    let identity = try AgeIdentity.generate()
    let again = try AgeIdentity(identity.text)
    let key = try identity.regionalKey(org: "acme", relay: "milan-1")
    #expect(try again.regionalKey(org: "acme", relay: "milan-1") == key)
    #expect(KeyBundles.Base64.decode(Array(key.text.utf8), padded: true)?.count == 32)
  }

  @Test func everyRelayAndPlatformHasItsOwn() throws {
    let (one, two) = (try AgeIdentity.generate(), try AgeIdentity.generate())
    let keys = Set(
      [
        try one.regionalKey(org: "acme", relay: "milan-1"), try one.regionalKey(org: "acme", relay: "milan-2"),
        try one.regionalKey(org: "acm", relay: "emilan-1"), try two.regionalKey(org: "acme", relay: "milan-1"),
      ].map(\.text))
    #expect(keys.count == 4)
  }

  @Test func nothingOfItIsShown() throws {
    let key = try AgeIdentity.generate().regionalKey(org: "acme", relay: "milan-1")
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains(key.text))
  }
}
