import FoundationEssentials

@testable import KeyBundles

/// Shared by the tests of this module.
enum Fixtures {
  static let context = SyntheticContext(org: "acme", relay: "edge-1")
  static let binding = SealedBinding(org: "acme", kind: "Key", name: "laptop", field: "sealedKey")

  /// A render secret of 32 equal bytes.
  static func secret(_ byte: UInt8 = 7) throws -> RenderSecret {
    try RenderSecret(bytes: [UInt8](repeating: byte, count: 32))
  }

  /// Bytes that look like nothing in particular and are the same in every run.
  static func bytes(_ count: Int) -> [UInt8] {
    var state: UInt32 = 0x2545_f491
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  static func bytes(hex: String) -> [UInt8] {
    let digits = hex.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// The code of the error that `body` throws, or nil where it throws none.
  static func code(_ body: () throws -> Void) -> KeyBundleError.Code? {
    do {
      try body()
      return nil
    } catch let error as KeyBundleError {
      return error.code
    } catch {
      return .cryptography
    }
  }
}
