import Testing

@testable import KeyBundles

@Suite("Altered files")
struct AgeTamperingTests {
  let identity: AgeIdentity
  let plaintext = Array("the keys of a relay".utf8)
  let file: [UInt8]

  init() throws {
    identity = try DemonstrationIdentities.identity(named: "acme")
    let other = try DemonstrationIdentities.identity(named: "platform")
    file = try Age.encrypt(
      plaintext, to: [identity.recipient, other.recipient],
      randomness: .synthetic(Fixtures.secret(), Fixtures.context))
  }

  @Test("every change of any byte is noticed", arguments: [0x01, 0x20, 0x80, 0xff] as [UInt8])
  func everyByte(mask: UInt8) {
    for index in file.indices {
      var altered = file
      altered[index] ^= mask
      let code = Fixtures.code { _ = try Age.decrypt(altered, with: [identity]) }
      #expect(code != nil && code != .cryptography, "byte \(index)")
    }
  }

  @Test("every truncation is noticed")
  func truncation() {
    for length in file.indices {
      let code = Fixtures.code { _ = try Age.decrypt(Array(file.prefix(length)), with: [identity]) }
      #expect(code == .headerFailure || code == .payloadFailure, "first \(length) bytes")
    }
  }

  @Test("every insertion and removal is noticed", arguments: [0x00, 0x0a, 0x20, 0x41] as [UInt8])
  func insertion(byte: UInt8) {
    for index in 0...file.count {
      let longer = Array(file[..<index] + [byte] + file[index...])
      #expect(Fixtures.code { _ = try Age.decrypt(longer, with: [identity]) } != nil, "inserted at \(index)")
    }
    for index in file.indices {
      let shorter = Array(file[..<index] + file[(index + 1)...])
      #expect(Fixtures.code { _ = try Age.decrypt(shorter, with: [identity]) } != nil, "removed at \(index)")
    }
  }

  @Test("chunks cannot be swapped, repeated or dropped")
  func chunks() throws {
    let plaintext = Fixtures.bytes(3 * AgeFormat.chunkLength)
    let file = try Age.encrypt(plaintext, to: [identity.recipient], randomness: .system)
    let sealed = AgeFormat.chunkLength + ChaCha20Poly1305.tagLength
    let start = file.count - 3 * sealed
    let chunks = (0..<3).map { Array(file[(start + $0 * sealed)..<(start + ($0 + 1) * sealed)]) }
    #expect(try Age.decrypt(file, with: [identity]) == plaintext)
    for order in [[1, 0, 2], [0, 1], [0, 2], [0, 1, 1], [0, 1, 2, 2], [2], []] {
      let altered = Array(file[..<start]) + order.flatMap { chunks[$0] }
      #expect(Fixtures.code { _ = try Age.decrypt(altered, with: [identity]) } == .payloadFailure, "\(order)")
    }
  }

  @Test("any change of armored text is noticed or changes nothing", arguments: [0x01, 0x20, 0x80] as [UInt8])
  func armor(mask: UInt8) {
    let text = Array(AgeArmor.encode(file).utf8)
    for index in text.indices {
      var altered = text
      altered[index] ^= mask
      // A line break can become white space at the very end, which the format allows.
      if let decoded = try? AgeArmor.decode(altered), decoded == file { continue }
      let code = Fixtures.code { _ = try Age.decrypt(AgeArmor.decode(altered), with: [identity]) }
      #expect(code != nil, "byte \(index)")
    }
  }

  @Test("no bytes make any reader trap", arguments: 0..<64)
  func junk(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<40 {
      var altered = file
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let index = Int.random(in: 0..<altered.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: altered[index] = UInt8.random(in: 0...255, using: &random)
        case 1: altered.removeSubrange(index..<min(altered.count, index + 9))
        case 2: altered.insert(contentsOf: Array("\n-> X25519 \n--- ".utf8.shuffled(using: &random)), at: index)
        default: altered.insert(contentsOf: altered[index..<min(altered.count, index + 70)], at: index)
        }
        if altered.isEmpty { altered = [0] }
      }
      if altered != file { #expect(throws: KeyBundleError.self) { try Age.decrypt(altered, with: [identity]) } }
      let text = String(decoding: altered, as: UTF8.self)
      #expect(SealedValue.malformation(of: text) != nil)
      #expect(throws: KeyBundleError.self) { try AgeRecipient(text) }
      #expect(throws: KeyBundleError.self) { try AgeIdentity(text) }
      #expect(throws: KeyBundleError.self) { try AgeIdentity.parseFile(altered) }
      #expect(throws: KeyBundleError.self) { try KeyBundle(payload: altered) }
    }
  }
}

/// A generator that gives the same numbers in every run (Steele, Lea and Flood: "Fast splittable pseudorandom number
/// generators").
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
