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
