/// Why a token was refused.
///
/// The description goes to the log and the audit record; the client only learns that the token was refused. It contains
/// nothing from the token except names that were checked.
package enum TokenRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// Not a JSON Web Token in compact form.
  case malformed
  /// The key is not permitted with the algorithm.
  case algorithm
  /// The header has this parameter, which must not influence verification.
  case headerParameter(String)
  /// The type (`typ`) is not the expected one.
  case type
  /// The key id is not in the issuer's key set.
  case unknownKey
  /// The signature does not match.
  case signature
  /// The token is from another issuer.
  case issuer
  /// The token is for another audience.
  case audience
  /// The token has expired.
  case expired
  /// The token is not valid yet.
  case notYetValid
  /// The token does not state its lifetime, or is valid for too long.
  case lifetime
  /// The nonce does not belong to this login.
  case nonce
  /// The subject is missing or too long.
  case subject

  package var description: String {
    switch self {
    case .malformed: "it is not a JSON Web Token in compact form"
    case .algorithm: "its key does not match its algorithm"
    case .headerParameter(let name): "its header has `\(name)`, which must not decide how it is verified"
    case .type: "its type is not the expected one"
    case .unknownKey: "it names no key in the issuer's key set"
    case .signature: "its signature does not match"
    case .issuer: "it is from another issuer"
    case .audience: "it is for another audience"
    case .expired: "it has expired"
    case .notYetValid: "it is not valid yet"
    case .lifetime: "it does not say when it was issued or expires, or is valid for too long"
    case .nonce: "it does not belong to this login"
    case .subject: "it has no subject"
    }
  }
}
