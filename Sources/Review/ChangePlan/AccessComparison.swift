import ConfigCompiler
import ConfigModel
import FoundationEssentials
import KeyBundles
import TextFormats

/// A comparison of the keys that each relay admits.
enum AccessComparison {
  static func changes(in comparison: OrganizationComparison) throws -> [AccessChange] {
    var changes: [AccessChange] = []
    for pair in comparison.changed where !comparison.isUnknown(pair.name) {
      let before = relays(of: pair.base, on: comparison.base.now.day)
      let after = relays(of: pair.head, on: comparison.head.now.day)
      for relay in Set(before.keys).union(after.keys).sorted() {
        changes += try compare(before[relay] ?? [:], after[relay] ?? [:], org: pair.name, relay: relay)
      }
    }
    return changes
  }

  /// Returns the keys that each relay admits, by the relay's and the key's name.
  static func relays(of unit: OrganizationUnit?, on day: CivilDate) -> [String: [String: KeySpec]] {
    guard let unit else { return [:] }
    var relays: [String: [String: KeySpec]] = [:]
    for (position, relay) in unit.relays.enumerated() {
      let keys = unit.activeKeys(ofRelay: position, on: day).map { ($0.name, $0.spec) }
      relays[relay.name] = Dictionary(keys) { first, _ in first }
    }
    return relays
  }

  private static func compare(
    _ before: [String: KeySpec], _ after: [String: KeySpec], org: String, relay: String
  ) throws -> [AccessChange] {
    var changes: [AccessChange] = []
    for key in Set(before.keys).union(after.keys).sorted() {
      let (old, new) = (before[key], after[key])
      if let old, let new, old.publicKey == new.publicKey, old.sealedKey == new.sealedKey { continue }
      changes.append(
        AccessChange(
          operation: old == nil ? .gained : new == nil ? .lost : .replaced, org: org, key: key, relay: relay,
          oldFingerprint: try old.flatMap(Fingerprint.of), newFingerprint: try new.flatMap(Fingerprint.of)))
    }
    return changes
  }
}

/// Fingerprints of values that must not be shown themselves.
enum Fingerprint {
  static func of(_ key: KeySpec) throws -> String? {
    if let publicKey = key.publicKey { return try KeyFingerprint(of: WireGuardKey(bytes: publicKey.bytes)).text }
    return try key.sealedKey.map { try KeyFingerprint(ofSealed: $0).text }
  }

  /// Returns the fingerprint of a line of `authorized_keys`, as `ssh-keygen -l` prints it.
  static func ofSSHKey(_ line: String) throws -> String {
    let parts = line.separated(at: " ", omittingEmptySubsequences: true)
    guard parts.count >= 2, let blob = Data(base64Encoded: String(parts[1])) else { return try of(line) }
    let digest = try SHA256Digest.bytes(of: Array(blob))
    return "SHA256:" + Data(digest).base64EncodedString().filter { $0 != "=" }
  }

  /// Returns the fingerprint of any text, from the SHA-256 digest of its bytes.
  static func of(_ text: String) throws -> String {
    "SHA256:" + String(try SHA256Digest.hex(of: Array(text.utf8)).prefix(16))
  }
}
