import KeyBundles
import SyncEngine
import Testing
import TextFormats

@Suite struct ClusterKeyTests {
  @Test func isRandomAndWhatTheRelayReads() {
    let keys = Set((0..<50).map { _ in ClusterKey.make() })
    #expect(keys.count == 50)
    #expect(keys.allSatisfy { Base64.decode($0.utf8, padded: true)?.count == 32 })
    #expect(keys.allSatisfy { ClusterKey.key(in: $0.utf8) == $0 })
  }

  /// `base64` of a shell ends its line.
  @Test func whiteSpaceIsNoPartOfIt() {
    let key = ClusterKey.make()
    #expect(ClusterKey.key(in: " \(key) \r\n\n".utf8) == key)
  }

  /// While an operator changes the key, the file has two, and the target must keep both.
  @Test func twoKeysAreKeptInTheirOrder() {
    let (old, new) = (ClusterKey.make(), ClusterKey.make())
    #expect(ClusterKey.key(in: "\(new)\n\(old)\n".utf8) == "\(new)\n\(old)")
    #expect(ClusterKey.key(in: "\(new)\n\(old)\n\(new)".utf8) == nil)
    #expect(ClusterKey.key(in: "\(new)\nAAAA".utf8) == nil)
  }

  @Test(arguments: ["", "AAAA", "not base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
  func nothingElseIsAKey(_ text: String) { #expect(ClusterKey.key(in: text.utf8) == nil) }

  @Test func secretsOfRelaysAreCompleted() {
    let key = ClusterKey.make()
    let bare: JSON = ["data": ["bundle.age": "YQ==", "config.json": "e30="], "kind": "Secret"]
    let secret = ClusterKey.add(key, toSecret: bare)
    #expect(ClusterKey.key(inSecret: bare) == nil && ClusterKey.key(inSecret: secret) == key)
    #expect(secret["data"]?["bundle.age"]?.text == "YQ==" && secret["data"]?["config.json"]?.text == "e30=")
    for other in [["data": ["identity.txt": "YQ=="]], ["data": "x"], ["kind": "Secret"]] as [JSON] {
      #expect(ClusterKey.add(key, toSecret: other) == other)
    }
  }

  /// The shared key of several regions comes first; the one in use stays until the next change.
  @Test func sharedKeyDisplacesTheLiveOne() {
    let (shared, live, other) = (ClusterKey.make(), ClusterKey.make(), ClusterKey.make())
    #expect(ClusterKey.content(sharing: shared, over: nil) == shared)
    #expect(ClusterKey.content(sharing: shared, over: live) == "\(shared)\n\(live)")
    #expect(ClusterKey.content(sharing: shared, over: "\(live)\n\(other)") == "\(shared)\n\(live)")
    for same in [shared, "\(shared)\n\(live)"] { #expect(ClusterKey.content(sharing: shared, over: same) == same) }
    // Whoever supplies the key without the platform's identity keeps it.
    #expect(ClusterKey.content(sharing: nil, over: live) == live)
    #expect(ClusterKey.content(sharing: nil, over: nil) == nil)
  }
}
