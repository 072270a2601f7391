import CLibgit2
import FoundationEssentials

/// What libgit2 asks for while it talks to a remote: credentials, and whether a server is trusted.
final class RemoteSession {
  private let url: String
  private let given: GitCredentials
  /// Asked once: a second question means that the first answer was refused.
  private var hasAnswered = false
  /// Why we refused, where we did.
  private(set) var refusal: String?

  init(url: String, credentials: GitCredentials) {
    self.url = url
    given = credentials
  }

  static let credentials: git_credential_acquire_cb = { out, _, usernameFromURL, allowed, payload in
    guard let out, let payload else { return GIT_EUSER.rawValue }
    let session = Unmanaged<RemoteSession>.fromOpaque(payload).takeUnretainedValue()
    return session.answer(out, usernameFromURL.map { String(cString: $0) }, allowed)
  }

  static let certificate: git_transport_certificate_check_cb = { certificate, isValid, host, payload in
    guard let certificate, let payload else { return GIT_EUSER.rawValue }
    let session = Unmanaged<RemoteSession>.fromOpaque(payload).takeUnretainedValue()
    return session.judge(certificate, isValid == 1, host.map { String(cString: $0) } ?? "")
  }

  private func answer(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>, _ usernameFromURL: String?, _ allowed: UInt32
  ) -> Int32 {
    let username = usernameFromURL ?? given.username ?? "git"
    if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 { return git_credential_username_new(out, username) }
    guard !hasAnswered else { return refuse("the server refuses the credentials") }
    hasAnswered = true
    if allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0, let key = given.privateKeyFile {
      return git_credential_ssh_key_new(out, username, given.publicKeyFile, key, given.passphrase ?? "")
    }
    if allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0, let password = given.password {
      return git_credential_userpass_plaintext_new(out, given.username ?? usernameFromURL ?? "git", password)
    }
    return refuse("the server asks for credentials, and none are configured")
  }

  private func judge(_ certificate: UnsafeMutablePointer<git_cert>, _ isValid: Bool, _ host: String) -> Int32 {
    guard certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else {
      return isValid ? 0 : refuse("the certificate of `\(host)` is not trusted; `certificatesFile` names its issuer")
    }
    guard let file = given.knownHostsFile, let data = FileManager.default.contents(atPath: file) else {
      return refuse("the key of `\(host)` is not known: `knownHostsFile` must name a file in OpenSSH's form")
    }
    return certificate.withMemoryRebound(to: git_cert_hostkey.self, capacity: 1) { key in
      guard key.pointee.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let raw = key.pointee.hostkey else {
        return refuse("the key of `\(host)` cannot be read")
      }
      let presented = Array(UnsafeRawBufferPointer(start: raw, count: key.pointee.hostkey_len))
      let port = GitURL.host(url)?.port ?? 22
      let known = KnownHosts(String(decoding: data, as: UTF8.self))
      return known.trusts(presented, host: host, port: port)
        ? 0 : refuse("the key of `\(host)` is not the one that `\(file)` knows")
    }
  }

  private func refuse(_ reason: String) -> Int32 {
    refusal = reason
    return GIT_EUSER.rawValue
  }
}

/// OpenSSH's known_hosts (sshd(8)): plain names and patterns without wildcards. Hashed names are not read.
struct KnownHosts {
  private let lines: [(hosts: [Substring], key: [UInt8])]

  init(_ text: String) {
    lines = text.split(whereSeparator: \.isNewline).compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count >= 3, !fields[0].hasPrefix("#"), !fields[0].hasPrefix("@"),
        let key = Data(base64Encoded: String(fields[2]))
      else { return nil }
      return (fields[0].split(separator: ","), Array(key))
    }
  }

  func trusts(_ key: [UInt8], host: String, port: Int) -> Bool {
    let names = port == 22 ? [host, "[\(host)]:22"] : ["[\(host)]:\(port)"]
    return lines.contains { line in line.key == key && line.hosts.contains { names.contains(String($0)) } }
  }
}
