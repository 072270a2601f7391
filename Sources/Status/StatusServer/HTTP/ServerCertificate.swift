import NIOCore
import NIOSSL
import Synchronization

/// Certificate with which the server speaks TLS. It can be replaced while the server runs: connections keep the one that
/// they began with.
package final class ServerCertificate: Sendable {
  /// Why a certificate and a key cannot be used.
  package enum Unusable: Error, Equatable, CustomStringConvertible {
    /// The chain is not PEM, or has no certificate.
    case chain
    /// The key is not PEM, or is encrypted.
    case key
    /// The key belongs to another certificate.
    case mismatch

    package var description: String {
      switch self {
      case .chain: "the certificate is not in PEM"
      case .key: "the key is not in PEM, or it is encrypted"
      case .mismatch: "the key belongs to another certificate"
      }
    }
  }

  private struct Pair {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey

    init(chain: [UInt8], key: [UInt8]) throws(Unusable) {
      guard let chain = try? NIOSSLCertificate.fromPEMBytes(chain), !chain.isEmpty else { throw .chain }
      guard let key = try? NIOSSLPrivateKey(bytes: key, format: .pem) else { throw .key }
      self.chain = chain
      self.key = key
      // OpenSSL compares the key with the first certificate.
      guard (try? NIOSSLContext(configuration: configuration)) != nil else { throw .mismatch }
    }

    /// Browsers have had TLS 1.3 since 2018.
    var configuration: TLSConfiguration {
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv13
      configuration.applicationProtocols = ["http/1.1"]
      return configuration
    }
  }

  private let current: Mutex<Pair>

  /// Creates a certificate.
  ///
  /// - Parameters:
  ///   - chain: The server's certificate and those that lead to a root, in PEM.
  ///   - key: The key of the first certificate, in PEM and not encrypted.
  package init(chain: [UInt8], key: [UInt8]) throws(Unusable) { current = Mutex(try Pair(chain: chain, key: key)) }

  /// Uses another certificate for new connections. After an error, the earlier one stays in use.
  package func replace(chain: [UInt8], key: [UInt8]) throws(Unusable) {
    let pair = try Pair(chain: chain, key: key)
    current.withLock { $0 = pair }
  }

  /// When the certificate ends, in seconds since 1970.
  package var end: Double { current.withLock { Double($0.chain.first?.notValidAfter ?? 0) } }

  /// Settings of connections. Each connection begins with the certificate of that moment.
  var configuration: TLSConfiguration {
    var configuration = current.withLock { $0.configuration }
    configuration.sslContextCallback = { _, promise in
      var override = NIOSSLContextConfigurationOverride()
      self.current.withLock { pair in
        override.certificateChain = pair.chain.map { .certificate($0) }
        override.privateKey = .privateKey(pair.key)
      }
      promise.succeed(override)
    }
    return configuration
  }
}
