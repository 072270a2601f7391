import FoundationEssentials
import TextFormats

/// A signed statement about the head of a chain, in C2SP tlog-checkpoint format.
///
/// Kept elsewhere, it reveals truncation or a rewritten chain, even if the owner of the store did it.
///
/// ```
/// wpex.io/audit/nordsud
/// 4711
/// base64 of the last record's hash
///
/// — nordsud base64 of key hash and Ed25519 signature
/// ```
package struct Checkpoint: Sendable, Equatable {
  /// Identifies the log.
  package let origin: String
  /// The signed head.
  package let head: AuditHead
  /// The whole checkpoint as text.
  package let text: String

  /// Creates and signs a checkpoint.
  ///
  /// - Throws: `AuditError` if signing fails.
  package init(origin: String, head: AuditHead, key: CheckpointKey) throws {
    self.origin = origin
    self.head = head
    let body = "\(origin)\n\(head.sequence)\n\(Data(head.hash).base64EncodedString())\n"
    let signature = key.verifier.keyHash + (try key.sign(Array(body.utf8)))
    text = "\(body)\n\u{2014} \(key.name) \(Data(signature).base64EncodedString())\n"
  }

  /// Parses a checkpoint without verifying its signature.
  ///
  /// - Throws: `AuditError` if the text is not a checkpoint.
  package init(parsing text: String) throws {
    let lines = text.separated(at: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count >= 5, lines[3].isEmpty, let sequence = Int64(lines[1]), sequence >= 0,
      String(sequence) == lines[1], let hash = Data(base64Encoded: lines[2]), hash.count == 32
    else {
      throw AuditError(.invalid, "this is not a checkpoint: its first three lines must be origin, size and hash")
    }
    origin = lines[0]
    head = AuditHead(sequence: sequence, hash: Array(hash))
    self.text = text
  }

  /// Returns whether `verifier`'s key signed the checkpoint.
  package func isSigned(by verifier: CheckpointVerifier) -> Bool {
    guard let end = text.firstRange(of: "\n\n") else { return false }
    let body = Array((text[..<end.lowerBound] + "\n").utf8)
    return text[end.upperBound...].separated(at: "\n").contains { line in
      let parts = line.separated(at: " ")
      guard parts.count == 3, parts[0] == "\u{2014}", parts[1] == verifier.name,
        let data = Data(base64Encoded: String(parts[2])), data.count == 68
      else { return false }
      return Array(data.prefix(4)) == verifier.keyHash && verifier.verifies(Array(data.dropFirst(4)), of: body)
    }
  }
}
