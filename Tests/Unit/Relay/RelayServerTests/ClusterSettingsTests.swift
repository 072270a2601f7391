import FoundationEssentials
import RelayCore
import Testing
import TextFormats

@testable import RelayServer

/// What a member reads from its options.
@Suite struct ClusterSettingsTests {
  private func settings(_ address: String, join: [String] = [], key: String = "") throws -> ClusterSettings {
    try ClusterSettings(RelayOptions.Cluster(address: address, join: join, key: key))
  }

  /// A rendered pod has its address in brackets, whichever family it is of.
  @Test(
    arguments: [
      ("[10.42.0.7]:8081", "10.42.0.7"), ("10.42.0.7:8081", "10.42.0.7"), ("[fd00:42::7]:8081", "fd00:42::7"),
    ])
  func addressOfBothFamilies(_ text: String, _ address: String) throws {
    #expect(try settings(text).control == Endpoint(address: address, port: 8_081))
  }

  @Test(
    arguments: [
      "", ":8081", "[]:8081", "10.42.0.7", "10.42.0.7:0", "[10.42.0.7]", "[10.42.0.7:8081", "fd00:42::7:8081",
      "[$(POD_IP)]:8081", "relay-b:8081", "10.42.0.7:65536",
    ])
  func nothingElseIsAnAddress(_ text: String) { #expect(throws: RelayServerError.self) { try settings(text) } }

  @Test func placesAreNamesAndAddresses() throws {
    let places = try settings("10.0.0.1:7000", join: ["milan-1-members:8081", "[fd00::2]:7000", "[10.0.0.2]:7000"])
      .places
    #expect(places.map(\.host) == ["milan-1-members", "fd00::2", "10.0.0.2"])
    #expect(places.map(\.port) == [8_081, 7_000, 7_000])
    for wrong in [":7000", "relay-b", "relay-b:0", "relay-b:"] {
      #expect(throws: RelayServerError.self) { try settings("10.0.0.1:7000", join: [wrong]) }
    }
  }

  @Test func keyIsBase64OfThirtyTwoBytes() throws {
    let path = "/tmp/wpex-cluster-key-\(UInt64.random(in: .min ... .max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = Array(repeating: UInt8(7), count: 32)
    try Data((Data(bytes).base64EncodedString() + "\n").utf8).write(to: URL(filePath: path))
    #expect(try settings("10.0.0.1:7000", key: path).readKey() == bytes)
    try Data(Data(bytes.dropLast()).base64EncodedString().utf8).write(to: URL(filePath: path))
    #expect(throws: RelayServerError.self) { try settings("10.0.0.1:7000", key: path).readKey() }
  }
}
