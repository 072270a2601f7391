import FoundationEssentials
import TestSupport
import Testing

@testable import KeyBundles

/// A test vector of C2SP CCTV, from the folder beside the checkout.
struct AgeVector: Sendable, CustomTestStringConvertible {
  static let folder = Judge.vectors + "/age"
  static let isPresent = FileManager.default.fileExists(atPath: folder)

  /// Other kinds of recipients, which wpex neither writes nor reads.
  private static let foreign = ["scrypt", "hybrid", "armor_scrypt", "armor_hybrid"]

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  static let applicable = names.filter { name in !foreign.contains { name.hasPrefix($0) } }
  static let skipped = names.filter { name in foreign.contains { name.hasPrefix($0) } }

  let name: String
  let fields: [String: String]
  let identities: [String]
  let file: [UInt8]

  var testDescription: String { name }

  /// - Throws: Where the file is not made of header lines, an empty line and an age file.
  init(name: String) throws {
    self.name = name
    let bytes = try ExternalCommand.read(Self.folder + "/" + name)
    var fields: [String: String] = [:]
    var identities: [String] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")), end > rest.startIndex {
      let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
      let colon = try #require(line.firstIndex(of: ":"))
      let value = String(line[line.index(colon, offsetBy: 2)...])
      if line.hasPrefix("identity:") { identities.append(value) } else { fields[String(line[..<colon])] = value }
      rest = rest[(end + 1)...]
    }
    self.fields = fields
    self.identities = identities
    let body = Array(rest.dropFirst())
    file = fields["compressed"] == "zlib" ? try Self.inflate(body) : body
  }

  private static func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
    let python = try #require(ExternalCommand.path(of: "python3"), "compressed vectors need python3")
    return try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(bytes, to: folder + "/in")
      let program = "import sys,zlib; open(sys.argv[2],'wb').write(zlib.decompress(open(sys.argv[1],'rb').read()))"
      let outcome = try ExternalCommand.run(python, ["-c", program, folder + "/in", folder + "/out"], folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return try ExternalCommand.read(folder + "/out")
    }
  }
}

@Suite(
  "age test vectors",
  .enabled(
    if: AgeVector.isPresent,
    "../shared/vectors/age is missing; it is the folder age/testdata of https://github.com/C2SP/CCTV"))
struct AgeVectorTests {
  @Test("agrees with every vector", arguments: AgeVector.applicable)
  func vector(_ name: String) throws {
    let vector = try AgeVector(name: name)
    let identities = try vector.identities.map { try AgeIdentity($0) }
    let expected = try #require(vector.fields["expect"])
    do {
      let file = vector.fields["armored"] == "yes" ? try AgeArmor.decode(vector.file) : vector.file
      let plaintext = try Age.decrypt(file, with: identities)
      #expect(expected == "success")
      #expect(try SHA256Digest.hex(of: plaintext) == vector.fields["payload"])
    } catch {
      #expect(error.code.rawValue == expected, "\(error)")
    }
  }

  @Test("says which vectors it leaves out: passphrases and hybrid recipients", arguments: AgeVector.skipped)
  func foreign(_ name: String) {
    Issue.record("skipped vector \(name): wpex has X25519 recipients only", severity: .warning)
  }

  @Test("finds all the vectors")
  func count() {
    #expect(AgeVector.names.count == 143)
    #expect(AgeVector.applicable.count == 98)
  }

  @Test("tells without an identity what only the form betrays", arguments: AgeVector.applicable)
  func malformation(_ name: String) throws {
    let vector = try AgeVector(name: name)
    guard vector.fields["armored"] == "yes" else { return }
    let reason = SealedValue.malformation(of: String(decoding: vector.file, as: UTF8.self))
    switch vector.fields["expect"] {
    case "success", "no match": #expect(reason == nil)
    case "armor failure": #expect(reason?.hasPrefix("armor failure: ") == true)
    default: break
    }
  }
}
