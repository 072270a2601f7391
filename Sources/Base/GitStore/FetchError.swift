/// The reason why contacting a remote repository failed, derived from the messages of `git` and `ssh`.
struct FetchError: Error, Equatable {
  enum Kind: Equatable {
    case other
    /// The server rejects the credentials, or requires some and none are configured.
    case credentials
    /// The branch does not exist.
    case branch
    /// The local mirror may be unreadable.
    case mirror
  }

  let kind: Kind
  let reason: String

  private init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  /// Classifies the outcome of a failed run.
  ///
  /// - Parameters:
  ///   - errors: the standard error of `git`, in English.
  ///   - status: the exit status; nil if a signal ended the run.
  ///   - branch: the requested branch.
  ///   - mirror: the path of the local mirror.
  init(
    _ errors: String, status: Int32?, address: GitAddress, _ credentials: GitCredentials, branch: String, mirror: String
  ) {
    let lines = errors.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }).map(String.init)
    self =
      Self.ofCredentials(lines, address, credentials) ?? Self.ofHost(lines, address, credentials)
      ?? Self.ofRepository(lines, address, branch) ?? Self.ofMirror(lines, mirror)
      ?? Self(.other, Self.ownWords(lines) ?? "git ended with \(status.map { "status \($0)" } ?? "a signal")")
  }

  init(_ expired: GitProgram.Expired, _ address: GitAddress, _ timeouts: GitTimeouts) {
    func seconds(_ value: Double) -> String { value == value.rounded() ? "\(Int(value)) s" : "\(value) s" }
    let server = address.host.isEmpty ? "the repository" : "`\(address.host)`"
    let reason =
      switch expired.expiry {
      case .connect: "\(server) did not accept a connection within \(seconds(timeouts.connect))"
      case .silence: "\(server) has been silent for \(seconds(timeouts.silence))"
      case .whole: "\(server) did not send its whole response within \(seconds(timeouts.whole))"
      }
    self.init(.other, reason)
  }

  // MARK: - What it can be

  private static func ofCredentials(_ lines: [String], _ address: GitAddress, _ credentials: GitCredentials) -> Self? {
    for line in lines {
      let isUnanswered = line.contains("could not read Username for") || line.contains("could not read Password for")
      if isUnanswered || line.contains("Authentication failed for") {
        // Git quotes the address that it contacted last.
        let asked = quotation(in: line).flatMap { try? GitAddress($0) }
        if let asked, !asked.server.isEmpty, asked.server != address.server {
          return Self(
            .credentials,
            "the server redirects to `\(asked.server)`, which asks for credentials. They go to `\(address.server)` only: "
              + "if it has moved, name its new address in `repository.url`")
        }
        return isUnanswered
          ? Self(.credentials, "the server asks for credentials, and none are configured")
          : Self(.credentials, "the server refuses the credentials")
      }
      if line.contains("Permission denied (") {
        return Self(
          .credentials,
          credentials.privateKeyFile == nil
            ? "the server asks for credentials, and none are configured: `sshKeyFile` names the private key"
            : "the server refuses the key of `\(credentials.privateKeyFile ?? "")`")
      }
      if line.contains("Load key "), line.contains("/proc/") {
        let why = line.split(separator: ": ").last.map { ": \($0)" } ?? ""
        return Self(.credentials, "the key of `\(credentials.privateKeyFile ?? "")` cannot be used\(why)")
      }
    }
    return nil
  }

  private static func ofHost(_ lines: [String], _ address: GitAddress, _ credentials: GitCredentials) -> Self? {
    let file = credentials.knownHostsFile ?? ""
    for line in lines {
      if line.contains("REVOKED HOST KEY") || line.contains("is revoked") || line.contains("marked as revoked") {
        return Self(.other, "the key of `\(address.host)` is revoked in `\(file)`: do not connect, and ask who runs it")
      }
      if line.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        return Self(
          .other,
          "the key of `\(address.host)` is not the one in `\(file)`: somebody may be intercepting the connection, or "
            + "the server has a new key. Compare it with the one that its operator publishes")
      }
      if line.contains("host key is known for") {
        return Self(
          .other, "the key of `\(address.host)` is not known: `\(file)` has no line for it. `ssh-keyscan` generates one"
        )
      }
    }
    if lines.contains(where: { $0.contains("Host key verification failed") }) {
      return Self(.other, "the key of `\(address.host)` is not the one that `\(file)` knows")
    }
    if lines.contains(where: { $0.contains("cannot run ssh") || $0.contains("ssh: not found") }) {
      return Self(.other, "`ssh` is not installed, and wpex fetches with it: `apt install openssh-client`")
    }
    guard address.transport == .http, let line = lines.last(where: { $0.contains("unable to access '") }) else {
      return nil
    }
    let detail = line.firstRange(of: "': ").map { String(line[$0.upperBound...]) } ?? line
    let lowercase = detail.lowercased()
    if lowercase.contains("certificate") || lowercase.contains("cafile") {
      return Self(
        .other, "the certificate of `\(address.host)` is not trusted (\(detail)); `certificatesFile` names its issuer")
    }
    for status in ["401", "403"] where detail.hasSuffix("error: \(status)") {
      return Self(.credentials, "the server refuses access: HTTP \(status)")
    }
    return Self(.other, detail)
  }

  private static func ofRepository(_ lines: [String], _ address: GitAddress, _ branch: String) -> Self? {
    for line in lines {
      if line.contains("couldn't find remote ref") { return Self(.branch, "it has no branch `\(branch)`") }
      if line.contains("mismatched algorithms") || line.contains("unsupported object format")
        || line.contains("unknown object format")
      {
        return Self(.other, "it uses SHA-256 object names, which wpex cannot read")
      }
      if line.contains("shallow") {
        return Self(
          .other,
          "the server's own repository is shallow, so the ancestors of a commit are not known: "
            + "`git fetch --unshallow` there completes it")
      }
      if line.contains("does not appear to be a git repository"), address.transport == .local {
        return Self(.other, "there is no Git repository at that path")
      }
      if line.hasPrefix("fatal: repository '"), line.hasSuffix("' not found") {
        return Self(.other, "there is no repository at that address, or these credentials cannot access it")
      }
    }
    return nil
  }

  private static func ofMirror(_ lines: [String], _ mirror: String) -> Self? {
    let signs = [
      "not a git repository: '\(mirror)'", "bad object", "reference broken", "bad config", "loose object",
      "object file",
      "corrupt", "packfile", "inflate", "did not send all necessary objects", "unresolved delta", "invalid object",
      "missing blob", "missing tree", "unable to read", "unable to find", "bad tree", "bad ref", "unable to unpack",
      "unable to parse", "hash mismatch",
      "unable to resolve reference",
    ]
    guard let line = lines.last(where: { line in !line.hasPrefix("remote:") && signs.contains { line.contains($0) } })
    else { return nil }
    return Self(.mirror, shortened(line))
  }

  // MARK: - Words

  /// The last line about a failure that `git` or `ssh` wrote.
  private static func ownWords(_ lines: [String]) -> String? {
    let said = lines.filter { line in
      !line.hasPrefix("remote:") && !line.hasPrefix("Please make sure") && !line.hasPrefix("and the repository exists")
        && !line.contains("Could not read from remote repository") && !line.allSatisfy(\.isWhitespace)
    }
    let line = said.last { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") || $0.hasPrefix("ssh: ") } ?? said.last
    return line.map { shortened($0) }
  }

  private static let maxLength = 300

  private static func shortened(_ line: String) -> String {
    var text = Substring(line)
    for prefix in ["fatal: ", "error: "] where text.hasPrefix(prefix) { text = text.dropFirst(prefix.count) }
    return text.count > maxLength ? text.prefix(maxLength) + "…" : String(text)
  }

  /// Returns the text between the first pair of single quotation marks.
  private static func quotation(in line: String) -> String? {
    guard let begin = line.firstIndex(of: "'") else { return nil }
    let rest = line[line.index(after: begin)...]
    return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
  }
}
