import Testing

@testable import KeyBundles

@Suite("Recipients and identities")
struct AgeKeysTests {
  /// From the test vector `x25519`.
  static let identity = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"

  @Test("are written as they were read")
  func roundTrip() throws {
    let identity = try AgeIdentity(Self.identity)
    #expect(identity.text == Self.identity)
    #expect(try AgeRecipient(identity.recipient.text) == identity.recipient)
  }

  @Test(
    "recipients are refused with the reason",
    arguments: [
      ("", "truncated"), ("age1", "truncated"), ("hello", "truncated"),
      ("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk", "checksum"),
      ("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw", "checksum"),
      ("age1Zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "case"),
      ("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", "age1"),
      ("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw\u{e9}", "invalid character"),
      (" age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "invalid character"),
      (identity, "is secret"),
      ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN", "case"),
    ])
  func badRecipient(text: String, reason: String) throws {
    do throws(KeyBundleError) {
      _ = try AgeRecipient(text)
      Issue.record("\(text) was accepted")
    } catch {
      #expect(error.code == .invalidRecipient)
      #expect(error.reason.contains(reason), "\(error)")
    }
  }

  @Test(
    "identities are refused with a reason that does not repeat them",
    arguments: [
      ("", "truncated"), (String(identity.dropLast()), "checksum"), (identity.lowercased(), "uppercase"),
      (String(identity.dropFirst()), "checksum"), (identity + " ", "invalid character"),
      ("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "recipient"),
    ])
  func badIdentity(text: String, reason: String) throws {
    do throws(KeyBundleError) {
      _ = try AgeIdentity(text)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .invalidIdentity)
      #expect(error.reason.contains(reason), "\(error)")
      #expect(!error.description.uppercased().contains("EGTZVFFV20835"))
    }
  }

  @Test("with another number of bytes are refused", arguments: [0, 1, 31, 33, 64])
  func length(count: Int) {
    let recipient = String(decoding: Bech32.encode(prefix: "age", data: Fixtures.bytes(count)), as: UTF8.self)
    let identity = String(
      decoding: Bech32.encode(prefix: "age-secret-key-", data: Fixtures.bytes(count)), as: UTF8.self)
    #expect(Fixtures.code { _ = try AgeRecipient(recipient) } == .invalidRecipient)
    #expect(Fixtures.code { _ = try AgeIdentity(identity.uppercased()) } == .invalidIdentity)
  }

  @Test("identities print as their recipient, however they are printed")
  func secrecy() throws {
    let identity = try AgeIdentity(Self.identity)
    var dumped = ""
    dump(identity, to: &dumped)
    for text in ["\(identity)", String(reflecting: identity), "\([identity])", dumped] {
      #expect(text.contains(identity.recipient.text))
      #expect(!text.uppercased().contains("EGTZVFFV20835"))
    }
  }

  @Test("generated identities differ")
  func generated() throws {
    #expect(Set(try (0..<20).map { _ in try AgeIdentity.generate().recipient }).count == 20)
  }

  @Test("identity files may have comments, empty lines and CRLF")
  func file() throws {
    let other = try AgeIdentity.generate()
    let text = "# created: today\r\n\r\n\(Self.identity)\r\n\n#\(Self.identity)\n\(other.text)"
    #expect(try AgeIdentity.parseFile(Array(text.utf8)) == [AgeIdentity(Self.identity), other])
  }

  @Test(
    "identity files are refused with the line",
    arguments: [
      ("", "no identity"), ("# nothing\n", "no identity"), ("# a\n\(identity)\nrubbish\n", "line 3"),
      ("\(identity.dropLast())\n", "line 1"), ("\n  \(identity)\n", "line 2"),
      ("-----BEGIN AGE ENCRYPTED FILE-----\n", "encrypted"), ("age-encryption.org/v1\n", "encrypted"),
    ])
  func badFile(text: String, reason: String) throws {
    do throws(KeyBundleError) {
      _ = try AgeIdentity.parseFile(Array(text.utf8))
      Issue.record("accepted")
    } catch {
      #expect(error.code == .invalidIdentity)
      #expect(error.reason.contains(reason), "\(error)")
      #expect(!error.reason.contains("EGTZVFFV20835"))
    }
  }
}

@Suite("Demonstration identities")
struct DemonstrationIdentityTests {
  @Test("are known by their recipients", arguments: DemonstrationIdentities.names)
  func known(name: String) throws {
    let recipient = try DemonstrationIdentities.identity(named: name).recipient
    #expect(DemonstrationIdentities.contains(recipient), "\(recipient)")
  }

  @Test("differ from each other and from any other")
  func distinct() throws {
    let recipients = try DemonstrationIdentities.names.map {
      try DemonstrationIdentities.identity(named: $0).recipient
    }
    #expect(Set(recipients).count == 6)
    #expect(!DemonstrationIdentities.contains(try AgeIdentity.generate().recipient))
  }

  @Test("have names")
  func unknown() {
    #expect(Fixtures.code { _ = try DemonstrationIdentities.identity(named: "nobody") } == .invalidIdentity)
  }
}
