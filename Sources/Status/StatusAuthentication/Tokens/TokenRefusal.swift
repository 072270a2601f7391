/// Why a token is not taken. The words go to the log and the audit record; whoever presented it learns only that it was
/// refused. None of them holds anything of the token but names that were checked before.
package enum TokenRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  case malformed
  case algorithm
  case headerParameter(String)
  case type
  case unknownKey
  case signature
  case issuer
  case audience
  case expired
  case notYetValid
  case lifetime
  case nonce
  case subject

  package var description: String {
    switch self {
    case .malformed: "it is not JSON Web Token in compact form"
    case .algorithm: "its key is not for its algorithm"
    case .headerParameter(let name): "its header has `\(name)`, which must not decide how it is verified"
    case .type: "its type is not the one that is expected here"
    case .unknownKey: "it names no key of the issuer's key set"
    case .signature: "its signature does not match"
    case .issuer: "it is of another issuer"
    case .audience: "it is for another audience"
    case .expired: "it has expired"
    case .notYetValid: "it is not valid yet"
    case .lifetime: "it says not when it was issued or when it expires, or lives for too long"
    case .nonce: "it does not belong to this login"
    case .subject: "it has no subject"
    }
  }
}
