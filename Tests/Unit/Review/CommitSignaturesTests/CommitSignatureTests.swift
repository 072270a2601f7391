import CommitSignatures
import FoundationEssentials
import TestSupport
import Testing

/// A repository whose commits real tools signed.
struct SignedRepository {
  let folder: String

  init(in folder: String) throws {
    self.folder = folder
    try shell(
      """
      for kind in ed25519 rsa ecdsa; do ssh-keygen -q -t $kind -N '' -C $kind@example.org -f $kind; done
      printf 'anna@example.org %s\\n' "$(cut -d' ' -f1,2 ed25519.pub)" "$(cut -d' ' -f1,2 rsa.pub)" "$(cut -d' ' -f1,2 ecdsa.pub)" >allowed
      git init -q -b main repo
      cd repo
      git config user.name Anna
      git config user.email anna@example.org
      git config gpg.format ssh
      git config gpg.ssh.allowedSignersFile "$PWD/../allowed"
      """)
  }

  @discardableResult
  func shell(_ script: String, input: [UInt8] = []) throws -> String {
    let path = try #require(ExternalCommand.path(of: "bash"))
    let environment = ["HOME": folder, "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"]
    let outcome = try ExternalCommand.run(
      path, ["-c", "set -e; cd '\(folder)'; \(script)"], folder: folder, input: input, environment: environment)
    guard outcome.status == 0 else { throw ExternalCommand.Failure(what: outcome.errors) }
    return outcome.output
  }

  /// A commit by Git itself; signed by a key, or not at all.
  func commit(signedBy key: String?, _ message: String = "A change") throws -> String {
    let sign = key.map { "-S\(folder)/\($0).pub" } ?? "--no-gpg-sign"
    return try shell("cd repo; git commit -q --allow-empty -m '\(message)' \(sign); git cat-file commit HEAD")
  }

  /// Whether Git, by `ssh-keygen -Y verify`, takes a commit object as signed by Anna.
  func gitVerifies(_ object: String) throws -> Bool {
    try shell(
      "cd repo; id=$(git hash-object -t commit -w --stdin --literally); git verify-commit $id 2>/dev/null && echo good || echo bad",
      input: Array(object.utf8)
    ).contains("good")
  }

  func key(_ name: String) throws -> SSHPublicKey? {
    SSHPublicKey(line: String(decoding: try ExternalCommand.read("\(folder)/\(name).pub"), as: UTF8.self))
  }
}

@Suite struct CommitSignatureTests {
  private func judge(_ object: String) -> CommitSignature { CommitSignature(ofCommit: Array(object.utf8)) }

  @Test func agreesWithGit() throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let key = try #require(try repository.key("ed25519"))
      let good = try repository.commit(signedBy: "ed25519", "Ein Gruß\n\n gpgsig of the text")
      #expect(judge(good) == .valid(key))
      #expect(try repository.gitVerifies(good))
      #expect(try repository.shell("ssh-keygen -l -f ed25519.pub").contains(key.fingerprint))

      let unsigned = try repository.commit(signedBy: nil)
      #expect(judge(unsigned) == .unsigned)
      #expect(try !repository.gitVerifies(unsigned))

      let lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let first = try #require(lines.firstIndex { $0.hasPrefix("gpgsig ") })
      let last = try #require(lines.firstIndex(of: " -----END SSH SIGNATURE-----"))
      let signature = Array(lines[first...last])
      func with(_ changed: [String]) -> String {
        (lines[..<first] + changed + lines[(last + 1)...]).joined(separator: "\n")
      }
      #expect(with(signature) == good)
      var bad = [
        good.replacing("Gruß", with: "Gruss"), good.replacing("author Anna", with: "author Anne"),
        with(signature + signature), with(Array(signature.dropLast())),
        with(Array(signature.dropLast(2)) + [signature[signature.count - 1]]),
        with(signature + ["gpgsig-sha256 x"]),
        with(["gpgsig -----BEGIN PGP SIGNATURE-----", " ", " iHUEABYKAB0WIQ==", " -----END PGP SIGNATURE-----"]),
      ]
      // Every byte of the base64, one after another.
      for (number, line) in signature.enumerated().dropFirst().dropLast() {
        for position in stride(from: 1, to: line.utf8.count, by: 7) {
          var bytes = Array(line.utf8)
          bytes[position] = bytes[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
          var changed = signature
          changed[number] = String(decoding: bytes, as: UTF8.self)
          bad.append(with(changed))
        }
      }
      for (number, object) in bad.enumerated() {
        guard case .invalid = judge(object) else {
          Issue.record("\(number): \(judge(object)) for\n\(object)")
          continue
        }
        // Git takes the first signature of several; here, one that is there twice is none. The rest agrees.
        if number > 1, number != 2, number != 5, number < 12 {
          #expect(try !repository.gitVerifies(object), "\(number)")
        }
      }
    }
  }

  /// Stricter than Git, which takes them.
  @Test(arguments: ["rsa", "ecdsa"])
  func otherAlgorithmsDoNotCount(_ name: String) throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let object = try repository.commit(signedBy: name)
      #expect(try repository.gitVerifies(object))
      #expect(try repository.key(name) == nil)
      guard case .invalid(let reason) = judge(object) else {
        Issue.record("\(judge(object))")
        return
      }
      #expect(reason.contains("only ssh-ed25519"))
    }
  }

  /// Signatures by ssh-keygen of the right content, for something else.
  @Test(arguments: [("file", "sha512"), ("git", "sha256"), ("git", "sha512"), ("email", "sha256")])
  func namespaceAndHash(_ namespace: String, _ hash: String) throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let unsigned = try repository.commit(signedBy: nil)
      try ExternalCommand.write(Array(unsigned.utf8), to: "\(folder)/payload")
      try repository.shell("ssh-keygen -q -Y sign -O hashalg=\(hash) -n \(namespace) -f ed25519 payload")
      let signature = String(decoding: try ExternalCommand.read("\(folder)/payload.sig"), as: UTF8.self)
        .split(separator: "\n").joined(separator: "\n ")
      let object = unsigned.replacing("\n\n", with: "\ngpgsig \(signature)\n\n", maxReplacements: 1)
      #expect(try repository.gitVerifies(object) == (namespace == "git"))
      if namespace == "git" {
        #expect(judge(object) == .valid(try #require(try repository.key("ed25519"))))
      } else {
        #expect(judge(object) == .invalid("was made for `\(namespace)` and not for git"))
      }
    }
  }

  /// A security key, touched and not touched. Git does not ask for the touch; here, a program alone cannot sign.
  @Test(arguments: [1, 5, 0])
  func securityKeys(_ flags: Int) throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let unsigned = try repository.commit(signedBy: nil)
      try ExternalCommand.write(Array(unsigned.utf8), to: "\(folder)/payload")
      let made = try Judge.run("security_key.py", "\(folder)/payload", "\(flags)", "\(folder)/sk", folder: folder)
      #expect(made.status == 0, "\(made.errors)")
      try repository.shell("printf 'anna@example.org %s\\n' \"$(cut -d' ' -f1,2 sk.pub)\" >>allowed")
      let signature = String(decoding: try ExternalCommand.read("\(folder)/sk.sig"), as: UTF8.self)
        .split(separator: "\n").joined(separator: "\n ")
      let object = unsigned.replacing("\n\n", with: "\ngpgsig \(signature)\n\n", maxReplacements: 1)
      #expect(try repository.gitVerifies(object))
      let key = try #require(try repository.key("sk"))
      #expect(key.kind == .securityKeyEd25519)
      #expect(
        judge(object) == (flags == 0 ? .invalid("was made by a security key without a touch") : .valid(key)))
      guard case .invalid = judge(object.replacing("A change", with: "Another")) else {
        Issue.record("a changed commit is taken")
        return
      }
    }
  }

  /// What a signature says of its algorithm is not signed: the key says it.
  @Test func algorithmIsThatOfTheKey() throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let good = try repository.commit(signedBy: "ed25519")
      let lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let first = try #require(lines.firstIndex { $0.hasPrefix("gpgsig ") })
      let last = try #require(lines.firstIndex(of: " -----END SSH SIGNATURE-----"))
      var bytes = Array(try #require(Data(base64Encoded: lines[(first + 1)..<last].map { $0.dropFirst() }.joined())))
      let name = Array("ssh-ed25519".utf8)
      // The first is the key's, the second the signature's.
      let places = bytes.indices.filter { bytes[$0...].starts(with: name) }
      #expect(places.count == 2)
      bytes[places[1] + name.count - 1] = UInt8(ascii: "8")
      let changed = lines[...first] + [" " + Data(bytes).base64EncodedString()] + lines[last...]
      #expect(
        judge(changed.joined(separator: "\n"))
          == .invalid("uses `ssh-ed25518`: only ssh-ed25519 and sk-ssh-ed25519@openssh.com count"))
    }
  }

  /// What a repository of SHA-256 keeps beside it was signed along with everything else, and means something to others.
  @Test func signatureOfAnotherKindBesideItCountsForNothing() throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let unsigned = try repository.commit(signedBy: nil)
        .replacing("\n\n", with: "\ngpgsig-sha256 another\n\n", maxReplacements: 1)
      try ExternalCommand.write(Array(unsigned.utf8), to: "\(folder)/payload")
      try repository.shell("ssh-keygen -q -Y sign -n git -f ed25519 payload")
      let signature = String(decoding: try ExternalCommand.read("\(folder)/payload.sig"), as: UTF8.self)
        .split(separator: "\n").joined(separator: "\n ")
      let object = unsigned.replacing("\n\n", with: "\ngpgsig \(signature)\n\n", maxReplacements: 1)
      guard case .invalid = judge(object) else {
        Issue.record("\(judge(object))")
        return
      }
    }
  }

  /// One key has one form, and so one fingerprint.
  @Test(arguments: [[], [0], [0, 0, 0, 0], [1]] as [[UInt8]])
  func keyHasNothingBehindIt(_ more: [UInt8]) throws {
    let text = "AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"
    let blob = Array(try #require(Data(base64Encoded: text)))
    #expect((SSHPublicKey(blob: blob + more) != nil) == more.isEmpty)
    #expect((SSHPublicKey(line: "ssh-ed25519 \(Data(blob + more).base64EncodedString())") != nil) == more.isEmpty)
    if !more.isEmpty { #expect(SSHPublicKey(blob: Array(blob.dropLast(more.count))) == nil) }
  }

  /// Git takes a certificate of an authority that is trusted. Here only keys count: a certificate could outlive its key.
  @Test func certificatesDoNotCount() throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      try repository.shell(
        """
        ssh-keygen -q -t ed25519 -N '' -f authority
        ssh-keygen -q -s authority -I anna -n anna@example.org -V +1d ed25519.pub
        printf 'anna@example.org cert-authority %s\n' "$(cut -d' ' -f1,2 authority.pub)" >allowed
        """)
      let object = try repository.shell(
        "cd repo; git commit -q --allow-empty -m Certified -S'\(folder)/ed25519-cert.pub'; git cat-file commit HEAD")
      #expect(try repository.gitVerifies(object))
      #expect(
        judge(object)
          == .invalid(
            "was made with a certificate (`ssh-ed25519-cert-v01@openssh.com`): sign with the key itself"))
      let line = String(decoding: try ExternalCommand.read("\(folder)/ed25519-cert.pub"), as: UTF8.self)
      #expect(SSHPublicKey(line: line) == nil)
    }
  }

  /// Headers that Git knows or ignores change nothing of what was signed.
  @Test func oddHeaders() throws {
    try ExternalCommand.withFolder { folder in
      let repository = try SignedRepository(in: folder)
      let key = try #require(try repository.key("ed25519"))
      let mergetag = "mergetag object 0000000000000000000000000000000000000001\n type commit\n tag v1\n \n gpgsig x"
      for header in ["encoding ISO-8859-1", mergetag, "HG:extra x", "parentage of nobody", "gpgsignature x", "tree x"] {
        // Signed with the header in it, by ssh-keygen as Git calls it.
        let unsigned = try repository.commit(signedBy: nil).replacing(
          "\n\n", with: "\n\(header)\n\n", maxReplacements: 1)
        try ExternalCommand.write(Array(unsigned.utf8), to: "\(folder)/payload")
        try repository.shell("rm -f payload.sig; ssh-keygen -q -Y sign -n git -f ed25519 payload")
        let signature = String(decoding: try ExternalCommand.read("\(folder)/payload.sig"), as: UTF8.self)
          .split(separator: "\n").joined(separator: "\n ")
        let object = unsigned.replacing("\n\n", with: "\ngpgsig \(signature)\n\n", maxReplacements: 1)
        #expect(judge(object) == .valid(key), "\(header)")
        // Added, taken away or moved afterwards.
        for changed in [
          object.replacing("\n\(header)", with: ""), object.replacing("\n\(header)", with: "\n\(header)x"),
          object.replacing("\nauthor", with: "\n\(header)\nauthor", maxReplacements: 1),
        ] {
          if case .valid = judge(changed) { Issue.record("\(header): a changed commit is taken") }
        }
      }
    }
  }

  /// Whatever stands there, it is judged and not trapped on.
  @Test func hostileObjects() throws {
    let texts = [
      "", "\n", "gpgsig ", "gpgsig \n", "gpgsig -----BEGIN SSH SIGNATURE-----\n", " \n \n", "gpgsig x\n y\n",
      "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n\n",
      "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAf////8=\n -----END SSH SIGNATURE-----\n\n",
    ]
    for text in texts {
      if case .valid = judge(text) { Issue.record("\(text)") }
    }
    #expect(SSHPublicKey(line: "") == nil)
    #expect(SSHPublicKey(line: "ssh-ed25519 AAAA") == nil)
    #expect(SSHPublicKey(line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5/////w==") == nil)
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"
    #expect(SSHPublicKey(line: line)?.kind == .ed25519)
    #expect(SSHPublicKey(line: line.replacing("ssh-ed25519", with: "ssh-rsa")) == nil)
  }
}
