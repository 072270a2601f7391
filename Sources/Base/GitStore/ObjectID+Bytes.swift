import CLibgit2

extension git_oid {
  /// Creates an id from bytes.
  ///
  /// - Parameter bytes: the id's bytes; excess bytes are ignored, and missing ones are zero.
  init(bytes: some Collection<UInt8>) {
    self.init()
    withUnsafeMutableBytes(of: &self) { $0.copyBytes(from: bytes.prefix($0.count)) }
  }

  /// The bytes of a SHA-1 id.
  var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0.prefix(TreeObject.idLength)) } }
}
