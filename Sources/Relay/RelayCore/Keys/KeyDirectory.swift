import CRelayCore

/// Number of a key while the relay runs, stable across reloads. 0 is not a key.
package typealias KeyID = UInt32
/// Number of a group. 0 is the group of an open relay.
typealias GroupID = UInt32

/// The active keys, with a search for the key that a mac1 was computed for.
struct KeyDirectory {
  /// A key with its derived values.
  struct Entry {
    var key: AllowedKey
    var group: GroupID
    /// BLAKE2s state after the block of the key `HASH("mac1----" ‖ public key)`.
    var midstate: [UInt32]
    /// `HASH("cookie--" ‖ public key)`.
    var cookieKey: [UInt8]
  }

  private(set) var entries: [KeyID: Entry] = [:]
  private var numbers: [[UInt8]: KeyID] = [:]
  private var groups: [String: GroupID] = [:]
  private var groupNames: [GroupID: String] = [:]
  /// Access matrices of the groups that have rules. In all other groups, everybody may speak with everybody.
  private var access: [GroupID: AccessMatrix] = [:]
  private var free: [KeyID] = []
  private var nextKey: KeyID = 1
  private var nextGroup: GroupID = 1

  /// Midstates in the interleaved layout that the search needs, and the key of each lane.
  private var lanes: [UInt32] = []
  private var lanesOwner: [KeyID] = []

  /// Whether a group has rules on who may speak with whom.
  var isSegmented: Bool { !access.isEmpty }
  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  /// Number of groups since the start, including empty ones.
  var groupCount: Int { groups.count }
  /// One more than the highest number assigned so far.
  var bound: KeyID { nextKey }

  subscript(id: KeyID) -> Entry? { entries[id] }
  func number(of publicKey: [UInt8]) -> KeyID? { numbers[publicKey] }
  func name(of group: GroupID) -> String? { groupNames[group] }
  func group(named name: String) -> GroupID? { groups[name] }

  /// Returns whether two keys may speak with each other: they are active, in one group, and its rules permit it.
  func permits(_ one: KeyID, _ other: KeyID) -> Bool {
    guard let first = entries[one], let second = entries[other], first.group == second.group else { return false }
    guard let matrix = access[first.group] else { return true }
    guard let row = first.key.accessClass, let column = second.key.accessClass else { return false }
    return matrix.permits(row, column)
  }

  /// Effect of a reload: keys added, removed, and moved to another group.
  struct Change: Equatable {
    var added: [KeyID] = []
    var removed: Set<KeyID> = []
    var regrouped: Set<KeyID> = []
    /// Whether keys that stay may have lost the right to speak with each other.
    var isResegmented = false
  }

  /// Replaces the active keys, and the access matrices of groups by their names. Keys that stay keep their numbers.
  mutating func replace(_ keys: [AllowedKey], access matrices: [String: AccessMatrix] = [:]) -> Change {
    var change = Change()
    let before = access
    access = [:]
    for (name, matrix) in matrices { access[number(ofGroup: name)] = matrix }
    change.isResegmented = access != before
    var wanted: [[UInt8]: AllowedKey] = [:]
    for key in keys where key.publicKey.count == WireGuard.Length.publicKey { wanted[key.publicKey] = key }
    for (id, entry) in entries where wanted[entry.key.publicKey] == nil {
      change.removed.insert(id)
      numbers[entry.key.publicKey] = nil
      entries[id] = nil
    }
    for (publicKey, key) in wanted.sorted(by: { $0.value.name < $1.value.name }) {
      let group = number(ofGroup: key.group)
      if let id = numbers[publicKey] {
        if entries[id]?.group != group { change.regrouped.insert(id) }
        if entries[id]?.key.accessClass != key.accessClass { change.isResegmented = true }
        entries[id]?.key = key
        entries[id]?.group = group
      } else {
        let id = free.popLast() ?? nextKey
        if id == nextKey { nextKey += 1 }
        numbers[publicKey] = id
        entries[id] = Entry(
          key: key, group: group, midstate: Self.midstate(publicKey),
          cookieKey: BLAKE2s.hash(Array(WireGuard.labelCookie.utf8) + publicKey))
        change.added.append(id)
      }
    }
    // A number is reused only at the next reload, when nothing refers to it any longer.
    free.append(contentsOf: change.removed)
    layOut()
    return change
  }

  private mutating func number(ofGroup name: String) -> GroupID {
    if let number = groups[name] { return number }
    defer { nextGroup += 1 }
    groups[name] = nextGroup
    groupNames[nextGroup] = name
    return nextGroup
  }

  private static func midstate(_ publicKey: [UInt8]) -> [UInt32] {
    let key = BLAKE2s.hash(Array(WireGuard.labelMAC1.utf8) + publicKey)
    return [UInt32](unsafeUninitializedCapacity: 8) { buffer, count in
      if let base = buffer.baseAddress { relay_mac_midstate(base, key) }
      count = 8
    }
  }

  /// Interleaves the midstates word by word, `relay_lanes` keys at a time.
  private mutating func layOut() {
    lanesOwner = entries.keys.sorted()
    let width = Int(relay_lanes)
    lanes = [UInt32](repeating: 0, count: (lanesOwner.count + width - 1) / width * width * 8)
    for (place, id) in lanesOwner.enumerated() {
      guard let midstate = entries[id]?.midstate else { continue }
      for (word, value) in midstate.enumerated() {
        lanes[place / width * width * 8 + word * width + place % width] = value
      }
    }
  }

  /// Returns the key that a message's mac1 was computed for; nil if it is none of the active keys.
  ///
  /// - Parameter hints: Keys to try first.
  func match(_ message: HandshakeMessage, hints: [KeyID]) -> KeyID? {
    let covered = message.mac1Covers
    let wanted = Array(message.mac1)
    for hint in hints {
      guard let midstate = entries[hint]?.midstate else { continue }
      var mac = [UInt8](repeating: 0, count: WireGuard.Length.mac)
      relay_mac_finish(midstate, message.bytes, covered, &mac)
      if mac == wanted { return hint }
    }
    let place = relay_mac_search(lanes, lanesOwner.count, message.bytes, covered, wanted)
    return place >= 0 && place < lanesOwner.count ? lanesOwner[place] : nil
  }
}
