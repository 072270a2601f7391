import TextFormats
import SyncEngine
import Testing

@Suite struct RelayTokenTests {
  @Test func isMadeAnewEveryTime() {
    let tokens = Set((0..<50).map { _ in RelayToken.make() })
    #expect(tokens.count == 50)
    #expect(tokens.allSatisfy { RelayToken.isToken($0) && $0.count == 64 })
  }

  @Test func standsInTheConfigurationBesideWhatWasThere() throws {
    let token = RelayToken.make()
    let configuration = RelayToken.add(token, to: Array(#"{"bandwidthMbps": 5, "token": "old"}"#.utf8))
    #expect(RelayToken.token(in: configuration) == token)
    #expect(try JSON(parsing: configuration)["bandwidthMbps"]?.int == 5)
    #expect(RelayToken.add(token, to: configuration) == configuration)
  }

  @Test(arguments: ["", "[]", "{", #"{"token": 5}"#, #"{"token": "short"}"#, #"{"token": null}"#])
  func nothingElseIsAToken(_ configuration: String) {
    #expect(RelayToken.token(in: configuration.utf8) == nil)
  }

  @Test func secretsOfKubernetesAreCompleted() {
    let token = RelayToken.make()
    let bare: JSON = ["data": ["bundle.age": "YQ==", "config.json": "e30="], "kind": "Secret"]
    let secret = RelayToken.add(token, toSecret: bare)
    #expect(RelayToken.token(inSecret: bare) == nil)
    #expect(RelayToken.token(inSecret: secret) == token)
    #expect(secret["data"]?["bundle.age"]?.text == "YQ==" && secret["kind"]?.text == "Secret")
    for other in [["data": ["identity.txt": "YQ=="]], ["data": ["config.json": "!"]], ["kind": "Secret"]] as [JSON] {
      #expect(RelayToken.add(token, toSecret: other) == other)
    }
  }
}
