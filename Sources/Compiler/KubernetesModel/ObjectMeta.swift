/// Metadata of an object: `metadata` of meta/v1.
package struct ObjectMeta: Encodable, Sendable, Equatable {
  /// Name, unique for the kind and namespace.
  package var name: String
  /// Namespace; nil for cluster-scoped objects.
  package var namespace: String?
  /// Labels, by which selectors find the object.
  package var labels: [String: String]
  /// Annotations, which selectors ignore.
  package var annotations: [String: String]

  package init(
    name: String, namespace: String? = nil, labels: [String: String] = [:], annotations: [String: String] = [:]
  ) {
    self.name = name
    self.namespace = namespace
    self.labels = labels
    self.annotations = annotations
  }
}

/// A selector of objects by their labels. Without requirements it selects all of them.
package struct LabelSelector: Encodable, Sendable, Equatable {
  /// Labels that an object must carry, all of them.
  package var matchLabels: [String: String]
  /// Further conditions, all of which must hold.
  package var matchExpressions: [Requirement]

  package init(matchLabels: [String: String] = [:], matchExpressions: [Requirement] = []) {
    self.matchLabels = matchLabels
    self.matchExpressions = matchExpressions
  }

  /// A condition on the label `key`.
  package struct Requirement: Encodable, Sendable, Equatable {
    /// Relation of a label to `values`.
    package enum Operator: String, Encodable, Sendable {
      case isIn = "In"
      case isNotIn = "NotIn"
      case exists = "Exists"
      case doesNotExist = "DoesNotExist"
    }

    /// Key of the label.
    package var key: String
    /// Relation that must hold.
    package var `operator`: Operator
    /// Values to compare with; empty for `exists` and `doesNotExist`, and only for these.
    package var values: [String]

    package init(key: String, operator: Operator, values: [String] = []) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }
  }
}

/// A field that accepts a number, or a text such as a port's name or a percentage.
package enum IntOrString: Encodable, Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  case int(Int)
  case string(String)

  package init(integerLiteral value: Int) { self = .int(value) }
  package init(stringLiteral value: String) { self = .string(value) }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .int(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    }
  }
}

/// Amounts by resource name, such as `cpu: 250m` and `memory: 64Mi`, as Kubernetes quantities.
package typealias ResourceList = [String: String]

/// Transport protocol of a port.
package enum PortProtocol: String, Encodable, Sendable {
  case tcp = "TCP"
  case udp = "UDP"
}
