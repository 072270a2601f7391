package import ConfigModel

/// Why a resource does not answer.
package enum Refusal: Error, Sendable, Equatable {
  case badRequest([ParameterFault])
  /// There is nothing, or nothing that the viewer may see: the two are never told apart.
  case notFound
  /// The viewer has this permission nowhere.
  case forbidden(Permission)
  /// Something that the answer comes from cannot be reached; trying again later may help.
  case unavailable(String)
}

/// A parameter that cannot be used.
package struct ParameterFault: Sendable, Equatable {
  package let parameter: String
  /// What it should be, as a phrase.
  package let detail: String

  package init(_ parameter: String, _ detail: String) {
    self.parameter = parameter
    self.detail = detail
  }
}
