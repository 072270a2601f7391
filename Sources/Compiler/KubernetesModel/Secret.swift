import FoundationEssentials

/// A Secret: bytes that are readable only where RBAC allows it.
package struct Secret: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "Secret"

  package var metadata: ObjectMeta
  /// Type of the content; `Opaque` if unspecified.
  package var type: String
  /// Whether the API server refuses changes; nil means it does not.
  package var immutable: Bool?
  /// Entries by key.
  package var data: [String: Value]

  package init(
    metadata: ObjectMeta, type: String = "Opaque", immutable: Bool? = nil, data: [String: Value]
  ) {
    self.metadata = metadata
    self.type = type
    self.immutable = immutable
    self.data = data
  }

  /// An entry's bytes, encoded in base64 (RFC 4648, section 4) and never shown by a description or mirror.
  package struct Value: Encodable, Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
  {
    /// The bytes in the clear.
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(Data(bytes).base64EncodedString())
    }

    package var description: String { "(\(bytes.count) bytes)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
  }
}
