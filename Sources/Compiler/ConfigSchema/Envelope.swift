import Diagnostics
import YAMLSyntax
import ConfigModel

/// The fields that all documents have.
struct Envelope<Spec: ResourceSpec>: Sendable {
  var apiVersion = ""
  var kind = ""
  var metadata = Metadata()
  var spec = Spec()
}
