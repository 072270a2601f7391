extension Container {
  /// An environment variable.
  package struct Variable: Encodable, Sendable, Equatable {
    package let name: String
    package let value: String?
    package let valueFrom: Source?

    package init(name: String, value: String) {
      self.name = name
      self.value = value
      valueFrom = nil
    }

    /// A variable with the value of a field of the pod, as in `metadata.name`.
    package init(name: String, fieldPath: String) {
      self.name = name
      value = nil
      valueFrom = Source(fieldRef: FieldReference(fieldPath: fieldPath), secretKeyRef: nil)
    }

    /// A variable with the value of the entry `key` of the secret `secret`.
    package init(name: String, secret: String, key: String) {
      self.name = name
      value = nil
      valueFrom = Source(fieldRef: nil, secretKeyRef: SecretKeyReference(name: secret, key: key))
    }
  }

  package struct Source: Encodable, Sendable, Equatable {
    package let fieldRef: FieldReference?
    package let secretKeyRef: SecretKeyReference?
  }

  package struct FieldReference: Encodable, Sendable, Equatable {
    package let fieldPath: String
  }

  package struct SecretKeyReference: Encodable, Sendable, Equatable {
    package let name: String
    package let key: String
  }
}
