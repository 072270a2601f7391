import CLibgit2

extension git_oid {
  /// The id of these bytes.
  ///
  /// - Parameter bytes: as many as an id has; more are left out, and missing ones are zero.
  init(bytes: some Collection<UInt8>) {
    self.init()
    withUnsafeMutableBytes(of: &self) { $0.copyBytes(from: bytes.prefix($0.count)) }
  }

  /// The bytes of an id of SHA-1.
  var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0.prefix(TreeObject.idLength)) } }
}
