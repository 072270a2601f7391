package import ConfigModel

/// Why a request for a resource was refused.
package enum Refusal: Error, Sendable, Equatable {
  /// Parameters are invalid.
  case badRequest([ParameterFault])
  /// The object does not exist or is not visible to the viewer; the two are indistinguishable.
  case notFound
  /// The viewer has this permission in no organization.
  case forbidden(Permission)
  /// A source of the response is unreachable; retrying later may help. The text says which.
  case unavailable(String)
}

/// An invalid parameter.
package struct ParameterFault: Sendable, Equatable {
  /// Name of the parameter.
  package let parameter: String
  /// What the value should be, as a phrase.
  package let detail: String

  /// Creates a fault.
  package init(_ parameter: String, _ detail: String) {
    self.parameter = parameter
    self.detail = detail
  }
}
