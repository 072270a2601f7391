/// The result of checking the signature in a commit object.
package enum CommitSignature: Sendable, Equatable {
  /// There is no signature.
  case unsigned
  /// The signature does not count, with a reason that completes “its signature …”.
  case invalid(String)
  /// The key that signed the commit, for Git. The parent commit determines whose key it is.
  case valid(SSHPublicKey)

  /// Checks a commit object as Git stores it, without its header of type and length.
  package init(ofCommit object: [UInt8]) {
    let parts = Self.parts(object)
    guard let first = parts.signatures.first else {
      self = parts.others.isEmpty ? .unsigned : .invalid("is for another kind of repository (\(parts.others[0]))")
      return
    }
    guard parts.signatures.count == 1, parts.others.isEmpty else {
      self = .invalid("appears more than once")
      return
    }
    guard first.hasPrefix("-----BEGIN SSH SIGNATURE-----") else {
      self = .invalid("is not an SSH signature: sign with `git config gpg.format ssh`")
      return
    }
    do throws(SSHSignature.Fault) {
      self = .valid(try SSHSignature(armored: first).verify(parts.payload, namespace: "git"))
    } catch {
      self = .invalid(Self.words(error))
    }
  }

  private static func words(_ fault: SSHSignature.Fault) -> String {
    switch fault {
    case .unreadable: "cannot be read"
    case .namespace(let name): "was made for `\(name.prefix(40))` and not for git"
    case .hash(let name): "uses the unknown hash `\(name.prefix(40))`"
    case .algorithm(let name): "uses `\(name.prefix(40))`: only ssh-ed25519 and sk-ssh-ed25519@openssh.com count"
    case .certificate(let name): "was made with a certificate (`\(name.prefix(40))`): sign with the key itself"
    case .absentUser: "was made by a security key without a touch"
    case .wrong: "does not match its content and key"
    }
  }

  private struct Parts {
    var signatures: [String] = []
    /// Names of headers with other signatures.
    var others: [String] = []
    /// The signed bytes: the object without its signature.
    var payload: [UInt8] = []
  }

  /// Splits a commit object. Continuation lines of a header begin with a blank; an empty line ends the headers.
  private static func parts(_ object: [UInt8]) -> Parts {
    var parts = Parts()
    var isSkipping = false
    var rest = object[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      if line.isEmpty { break }
      let isFurther = line.first == UInt8(ascii: " ")
      if !isFurther {
        isSkipping = line.starts(with: Array("gpgsig ".utf8))
        if isSkipping { parts.signatures.append(String(decoding: line.dropFirst(7), as: UTF8.self)) }
        if line.starts(with: Array("gpgsig-sha256 ".utf8)) { parts.others.append("gpgsig-sha256") }
      } else if isSkipping, let last = parts.signatures.popLast() {
        parts.signatures.append(last + "\n" + String(decoding: line.dropFirst(), as: UTF8.self))
      }
      if !isSkipping { parts.payload += rest[...end] }
      rest = rest[(end + 1)...]
    }
    parts.payload += rest
    return parts
  }
}
