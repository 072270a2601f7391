/// An identifier of a blob or tree that depends only on its content, such as a Git object ID.
package struct ContentIdentity: Sendable, Hashable {
  /// The identifier's bytes.
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
}
