import COpenSSL

/// Bytes that are wiped when the last reference to them is released.
///
/// `@unchecked Sendable` is sound: `init` alone writes the memory, before any other code can hold the reference; it is
/// only read afterwards, and `deinit`, which runs when no reference is left, frees it.
package final class SecretBytes: @unchecked Sendable {
  private let storage: UnsafeMutableBufferPointer<UInt8>

  /// Number of bytes.
  package var count: Int { storage.count }

  /// Allocates `count` zero bytes and lets `fill` write them.
  ///
  /// - Throws: The error of `fill`; the memory is wiped in that case too.
  init(count: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(KeyBundleError) -> Void) throws(KeyBundleError) {
    storage = .allocate(capacity: max(count, 0))
    storage.initialize(repeating: 0)
    try fill(storage)
  }

  /// Copies `bytes`. The caller wipes the original.
  package init(copying bytes: some Collection<UInt8>) {
    storage = .allocate(capacity: bytes.count)
    _ = storage.initialize(from: bytes)
  }

  deinit {
    OPENSSL_cleanse(storage.baseAddress, storage.count)
    storage.deallocate()
  }

  /// Calls `body` with the bytes. The pointer is valid only during the call.
  ///
  /// - Throws: The error of `body`.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(storage))
  }

  /// Returns a copy, which the caller wipes if it is a secret. Published authentication codes, for example, are not.
  func copy() -> [UInt8] { Array(storage) }

  /// Returns `count` bytes from the system's random source.
  ///
  /// - Throws: `cryptography` if the source fails.
  static func random(count: Int) throws(KeyBundleError) -> SecretBytes {
    try SecretBytes(count: count) { (bytes) throws(KeyBundleError) in
      guard RAND_priv_bytes(bytes.baseAddress, Int32(bytes.count)) == 1 else {
        throw .openSSL("the system's random source returned no bytes")
      }
    }
  }
}

/// Overwrites an array that contained a secret. Effective only if no other reference shares the array's storage.
func cleanse(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

extension KeyBundleError {
  /// Returns an error for an unexpected failure of OpenSSL.
  ///
  /// It also empties OpenSSL's error queue, which the next failure would otherwise report.
  static func openSSL(_ what: String) -> KeyBundleError {
    ERR_clear_error()
    return KeyBundleError(.cryptography, "\(what); check that OpenSSL 3 is installed completely")
  }
}
