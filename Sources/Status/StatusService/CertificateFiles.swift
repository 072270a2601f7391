import FileAccess
import FoundationEssentials
import KeyBundles
import StatusServer

/// Files with the server's certificate and key. They are read again and again, so a renewed certificate is used without a
/// restart.
actor CertificateFiles {
  /// Seconds between two looks.
  static let interval = 2.0

  /// The certificate in use.
  nonisolated let certificate: ServerCertificate
  private let chainFile: String
  private let keyFile: String
  /// Digest of the files in use.
  private var digest: [UInt8]
  private var lastFailure: String?
  private var reported: String?

  /// Reads the files.
  ///
  /// - Throws: `StatusServiceError` if they cannot be used.
  init(chainFile: String, keyFile: String) throws {
    self.chainFile = chainFile
    self.keyFile = keyFile
    let (chain, key) = (try Files.read(chainFile), try Files.read(keyFile))
    digest = try SHA256Digest.bytes(of: chain + key)
    do {
      certificate = try ServerCertificate(chain: chain, key: key)
    } catch {
      throw StatusServiceError(.refused, Self.problem(error, chainFile, keyFile))
    }
  }

  /// Sentence about the certificate in use.
  nonisolated var summary: String {
    let end = Date(timeIntervalSince1970: certificate.end)
    let state = end < Date.now ? "ended" : "is valid until"
    return "the certificate in `\(chainFile)` \(state) \(end.formatted(.iso8601))"
  }

  /// Follows the files until the task is cancelled.
  ///
  /// - Parameter onNotice: Called with a line for the log if the certificate is new, or cannot be used.
  func follow(onNotice: @escaping @Sendable (String) -> Void) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(Self.interval))
      do {
        if try refresh() { onNotice(summary) }
        lastFailure = nil
        reported = nil
      } catch {
        note(failure: "\(error)", onNotice)
      }
    }
  }

  /// A renewal replaces one file after the other, so only what is wrong twice in a row is said, and only once.
  private func note(failure: String, _ onNotice: (String) -> Void) {
    if failure == lastFailure, failure != reported {
      reported = failure
      onNotice("\(failure); the earlier certificate stays in use")
    }
    lastFailure = failure
  }

  private func refresh() throws -> Bool {
    let (chain, key) = (try Files.read(chainFile), try Files.read(keyFile))
    let newest = try SHA256Digest.bytes(of: chain + key)
    guard newest != digest else { return false }
    do {
      try certificate.replace(chain: chain, key: key)
    } catch {
      throw StatusServiceError(.refused, Self.problem(error, chainFile, keyFile))
    }
    digest = newest
    return true
  }

  private static func problem(_ reason: ServerCertificate.Unusable, _ chainFile: String, _ keyFile: String) -> String {
    switch reason {
    case .chain: "`\(chainFile)`: \(reason)"
    case .key: "`\(keyFile)`: \(reason)"
    case .mismatch: "`\(keyFile)`: \(reason) than the one in `\(chainFile)`"
    }
  }
}
