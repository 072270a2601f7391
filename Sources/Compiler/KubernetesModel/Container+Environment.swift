extension Container {
  /// An environment variable.
  package struct Variable: Encodable, Sendable, Equatable {
    /// Name of the variable.
    package let name: String
    /// Literal value; nil if it comes from `valueFrom`.
    package let value: String?
    /// Source of the value; nil if it is literal.
    package let valueFrom: Source?

    /// Makes a variable with a literal value.
    package init(name: String, value: String) {
      self.name = name
      self.value = value
      valueFrom = nil
    }

    /// Makes a variable whose value is a field of the pod, such as `metadata.name`.
    package init(name: String, fieldPath: String) {
      self.name = name
      value = nil
      valueFrom = Source(fieldRef: FieldReference(fieldPath: fieldPath), secretKeyRef: nil)
    }

    /// Makes a variable whose value is the entry `key` of the Secret `secret`.
    package init(name: String, secret: String, key: String) {
      self.name = name
      value = nil
      valueFrom = Source(fieldRef: nil, secretKeyRef: SecretKeyReference(name: secret, key: key))
    }
  }

  /// Source of a variable's value; exactly one property is set.
  package struct Source: Encodable, Sendable, Equatable {
    /// A field of the pod.
    package let fieldRef: FieldReference?
    /// An entry of a Secret.
    package let secretKeyRef: SecretKeyReference?
  }

  /// Reference to a field of the pod.
  package struct FieldReference: Encodable, Sendable, Equatable {
    /// Path of the field, such as `metadata.name`.
    package let fieldPath: String
  }

  /// Reference to an entry of a Secret in the pod's namespace.
  package struct SecretKeyReference: Encodable, Sendable, Equatable {
    /// Name of the Secret.
    package let name: String
    /// Key of the entry.
    package let key: String
  }
}
