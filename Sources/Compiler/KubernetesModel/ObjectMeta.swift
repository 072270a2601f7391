/// Who an object is: `metadata` of meta/v1.
package struct ObjectMeta: Encodable, Sendable, Equatable {
  package var name: String
  /// nil for objects of the cluster.
  package var namespace: String?
  package var labels: [String: String]
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

/// Which objects are meant, by their labels; without requirements it is all of them.
package struct LabelSelector: Encodable, Sendable, Equatable {
  package var matchLabels: [String: String]
  package var matchExpressions: [Requirement]

  package init(matchLabels: [String: String] = [:], matchExpressions: [Requirement] = []) {
    self.matchLabels = matchLabels
    self.matchExpressions = matchExpressions
  }

  /// A condition on the label `key`.
  package struct Requirement: Encodable, Sendable, Equatable {
    package enum Operator: String, Encodable, Sendable {
      case isIn = "In"
      case isNotIn = "NotIn"
      case exists = "Exists"
      case doesNotExist = "DoesNotExist"
    }

    package var key: String
    package var `operator`: Operator
    /// Empty for `exists` and `doesNotExist`, and for no other.
    package var values: [String]

    package init(key: String, operator: Operator, values: [String] = []) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }
  }
}

/// A field that takes a number or a name or percentage, as ports and limits do.
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

/// Amounts by resource name, as in `cpu: 250m` and `memory: 64Mi`, in Kubernetes' quantity syntax.
package typealias ResourceList = [String: String]

/// The transport protocol of a port.
package enum PortProtocol: String, Encodable, Sendable {
  case tcp = "TCP"
  case udp = "UDP"
}
