import RelayCore
import TestSupport
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

  @Test func clusterIsRead() throws {
    let text = #"{"cluster": {"address": "[10.0.0.1]:7000", "join": ["relay-b:7000", "[fd00::2]:1"], "key": "/k"}}"#
    let file = try #require(try RelayConfiguration(parsing: Array(text.utf8)).cluster)
    let flags = try ClusterSettings(
      RelayOptions.Cluster(address: "10.0.0.1:7000", join: ["relay-b:7000", "[fd00::2]:1"], key: "/k"))
    #expect(file == flags)
    #expect(file.places.map(\.host) == ["relay-b", "fd00::2"])
    let alone = try RelayConfiguration(
      parsing: Array(#"{"cluster": {"address": "[fd00::1]:7000", "key": "/k"}}"#.utf8))
    #expect(alone.cluster?.places == [])
  }

  /// As for the other settings, what the file says wins.
  @Test func clusterOfTheFileWins() throws {
    var options = RelayOptions()
    options.cluster = RelayOptions.Cluster(address: "10.0.0.1:7000", join: [], key: "/flag")
    let configuration = try RelayConfiguration(
      parsing: Array(#"{"cluster": {"address": "10.0.0.2:7000", "key": "/file"}}"#.utf8))
    #expect(try ClusterSettings.effective(options, configuration)?.keyFile == "/file")
    #expect(try ClusterSettings.effective(options, RelayConfiguration())?.keyFile == "/flag")
    #expect(try ClusterSettings.effective(RelayOptions(), RelayConfiguration()) == nil)
  }

  private static let one = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  private static let other = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

  private func keys(in text: String) throws -> [[UInt8]] {
    try ExternalCommand.withFolder { folder in
      let file = "\(folder)/cluster.key"
      try ExternalCommand.write(Array(text.utf8), to: file)
      return try ClusterSettings(RelayOptions.Cluster(address: "10.0.0.1:7000", join: [], key: file)).readKeys()
    }
  }

  @Test(arguments: [
    (one, [0]), (one + "\n", [0]), (" \(one) \r\n\n", [0]), ("\(other)\n\(one)\n", [0x1F, 0]),
  ])
  func keyFileHasOneKeyOrTwo(_ text: String, _ first: [UInt8]) throws {
    let keys = try keys(in: text)
    #expect(keys.map(\.first) == first)
    #expect(keys.allSatisfy { $0.count == 32 })
  }

  @Test(arguments: [
    ("", "32 random bytes"), ("AAAA", "32 random bytes"), ("\(one)\nAAAA", "32 random bytes"),
    (String(one.dropLast()), "32 random bytes"), ("\(one)\n\(other)\n\(one)\n", "two keys during a change"),
  ])
  func keyFileWithSomethingElseIsRefused(_ text: String, _ part: String) throws {
    let failure = try #require(throws: RelayServerError.self) { _ = try keys(in: text) }
    #expect(failure.kind == .invalid)
    #expect(failure.description.contains(part), "\(failure.description)")
    #expect(!failure.description.contains("AAECAw"), "a key is in no message")
  }
}
