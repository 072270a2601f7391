import COpenSSL

/// The payload of an age file: STREAM with ChaCha20-Poly1305 in chunks of 64 KiB (C2SP `age.md`, "Payload").
enum AgePayload {
  private static let sealedChunkLength = AgeFormat.chunkLength + ChaCha20Poly1305.tagLength

  /// Returns the length of the payload for `count` bytes of plaintext, without the nonce before it, in bytes.
  static func sealedLength(of count: Int) -> Int {
    let chunks = max(1, (count + AgeFormat.chunkLength - 1) / AgeFormat.chunkLength)
    return count + chunks * ChaCha20Poly1305.tagLength
  }

  /// Returns what is wrong with the length of a payload (without its nonce), or nil. No key is needed for this.
  static func defect(ofLength length: Int) -> String? {
    if length < ChaCha20Poly1305.tagLength { return "the payload is truncated" }
    let last = length % sealedChunkLength
    if last > 0, last < ChaCha20Poly1305.tagLength { return "the payload's last chunk is truncated" }
    // An empty chunk is valid only if the whole payload is empty.
    if last == ChaCha20Poly1305.tagLength, length > sealedChunkLength { return "the payload's last chunk is empty" }
    return nil
  }

  /// Encrypts a payload.
  ///
  /// - Parameters:
  ///   - plaintext: Any number of bytes.
  ///   - head: Bytes before the chunks: header and nonce.
  ///   - fileKey: 16 bytes.
  ///   - nonce: 16 bytes.
  /// - Returns: `head` and the encrypted chunks.
  /// - Throws: `cryptography`.
  static func seal(
    _ plaintext: [UInt8], head: [UInt8], fileKey: SecretBytes, nonce: [UInt8]
  ) throws(KeyBundleError) -> [UInt8] {
    let cipher = try self.cipher(fileKey: fileKey, nonce: nonce)
    var sealed = true
    let file = [UInt8](unsafeUninitializedCapacity: head.count + sealedLength(of: plaintext.count)) { output, count in
      count = output.initialize(fromContentsOf: head)
      plaintext.withUnsafeBufferPointer { plaintext in
        var chunks = ChunkCounter()
        var start = 0
        repeat {
          let end = min(start + AgeFormat.chunkLength, plaintext.count)
          let length = end - start + ChaCha20Poly1305.tagLength
          let target = UnsafeMutableBufferPointer(rebasing: output[count..<(count + length)])
          let source = UnsafeBufferPointer(rebasing: plaintext[start..<end])
          sealed = sealed && cipher.seal(nonce: chunks.next(last: end == plaintext.count), source, into: target)
          count += length
          start = end
        } while start < plaintext.count
      }
    }
    guard sealed else { throw .openSSL("ChaCha20-Poly1305 failed") }
    return file
  }

  /// Decrypts a payload.
  ///
  /// - Parameters:
  ///   - file: The whole file.
  ///   - offset: Offset of its first chunk, at most `file.count`.
  ///   - fileKey: 16 bytes.
  ///   - nonce: 16 bytes.
  /// - Returns: The whole plaintext.
  /// - Throws: `payloadFailure`, without releasing any part of the plaintext; `cryptography`.
  static func open(
    _ file: [UInt8], from offset: Int, fileKey: SecretBytes, nonce: [UInt8]
  ) throws(KeyBundleError) -> [UInt8] {
    let length = file.count - offset
    if let defect = defect(ofLength: length) { throw KeyBundleError(.payloadFailure, defect) }
    let cipher = try self.cipher(fileKey: fileKey, nonce: nonce)
    var opened = true
    let plaintext = [UInt8](unsafeUninitializedCapacity: length) { output, count in
      file.withUnsafeBufferPointer { file in
        var chunks = ChunkCounter()
        var start = offset
        repeat {
          let end = min(start + sealedChunkLength, file.count)
          let length = end - start - ChaCha20Poly1305.tagLength
          let source = UnsafeBufferPointer(rebasing: file[start..<end])
          let target = UnsafeMutableBufferPointer(rebasing: output[count..<(count + length)])
          opened = cipher.open(nonce: chunks.next(last: end == file.count), source, into: target)
          count += length
          start = end
        } while opened && start < file.count
      }
      guard !opened else { return }
      OPENSSL_cleanse(output.baseAddress, count)
      count = 0
    }
    guard opened else {
      throw KeyBundleError(.payloadFailure, "the payload was altered, truncated or extended; fetch the file again")
    }
    return plaintext
  }

  private static func cipher(fileKey: SecretBytes, nonce: [UInt8]) throws(KeyBundleError) -> ChaCha20Poly1305 {
    try ChaCha20Poly1305(key: HKDFSHA256.derive(from: fileKey, salt: nonce, info: AgeFormat.payloadLabel))
  }
}

/// Nonces for the chunks of one payload: an 11-byte big-endian counter, and a byte that marks the last chunk.
private struct ChunkCounter {
  private var index: UInt64 = 0

  mutating func next(last: Bool) -> [UInt8] {
    var nonce: [UInt8] = [0, 0, 0]
    withUnsafeBytes(of: index.bigEndian) { nonce.append(contentsOf: $0) }
    nonce.append(last ? 1 : 0)
    // 2⁶⁴ chunks fit into no memory, so the counter never wraps.
    index &+= 1
    return nonce
  }
}
