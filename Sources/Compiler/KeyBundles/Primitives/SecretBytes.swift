import COpenSSL

/// Bytes that are wiped when the last reference to them goes away.
///
/// `@unchecked Sendable` holds because the memory is written only inside `init`, before the reference can reach anyone
/// else, is only read from then on, and is freed by `deinit`, which runs when no reference is left.
package final class SecretBytes: @unchecked Sendable {
  private let storage: UnsafeMutableBufferPointer<UInt8>

  /// The number of bytes.
  package var count: Int { storage.count }

  /// Allocates `count` zero bytes and lets `fill` write them.
  ///
  /// - Throws: What `fill` throws; the memory is wiped then too.
  init(count: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(KeyBundleError) -> Void) throws(KeyBundleError) {
    storage = .allocate(capacity: max(count, 0))
    storage.initialize(repeating: 0)
    try fill(storage)
  }

  /// Copies `bytes`. Whoever made them wipes the original.
  package init(copying bytes: some Collection<UInt8>) {
    storage = .allocate(capacity: bytes.count)
    _ = storage.initialize(from: bytes)
  }

  deinit {
    OPENSSL_cleanse(storage.baseAddress, storage.count)
    storage.deallocate()
  }

  /// Lends the bytes for the length of `body`, which must not let the pointer escape.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(storage))
  }

  /// A copy that the caller wipes, or that is not a secret at all (an authentication code that gets published).
  func copy() -> [UInt8] { Array(storage) }

  /// `count` bytes of the system's random source.
  static func random(count: Int) throws(KeyBundleError) -> SecretBytes {
    try SecretBytes(count: count) { (bytes) throws(KeyBundleError) in
      guard RAND_priv_bytes(bytes.baseAddress, Int32(bytes.count)) == 1 else {
        throw .openSSL("the system's random source gave no bytes")
      }
    }
  }
}

/// Overwrites an array that held a secret. Does its work only where nobody else shares the array's storage.
func cleanse(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

extension KeyBundleError {
  /// An unexpected refusal of OpenSSL; empties its error queue, which would otherwise be read by the next failure.
  static func openSSL(_ what: String) -> KeyBundleError {
    ERR_clear_error()
    return KeyBundleError(.cryptography, "\(what); check that OpenSSL 3 is installed whole")
  }
}
