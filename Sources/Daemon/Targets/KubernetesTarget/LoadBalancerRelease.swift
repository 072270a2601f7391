import ConfigCompiler
import KubernetesModel
import TextFormats

/// A change of a Service's load balancer class. The class cannot change while the Service has a load balancer, so the
/// Service first gives it up. It keeps its name and its address inside the cluster.
enum LoadBalancerRelease {
  private static let field = "spec.loadBalancerClass"

  /// Returns whether the server refused a Service because of its class.
  static func isNeeded(for kind: String, _ status: JSON) -> Bool {
    kind == Service.kind
      && (status["details"]?["causes"]?.elements ?? []).contains { $0["field"]?.text == field }
  }

  /// Returns the manifest of the Service without a load balancer; nil if it does not declare one.
  ///
  /// It has no digest, so that a daemon that is interrupted here applies the declaration the next time.
  static func manifest(of body: JSON) -> JSON? {
    guard case .object(var members) = body, case .object(var metadata)? = members["metadata"],
      case .object(var spec)? = members["spec"], spec["type"]?.text == Service.Exposure.loadBalancer.rawValue
    else { return nil }
    spec["type"] = .string(Service.Exposure.clusterIP.rawValue)
    spec["loadBalancerClass"] = nil
    spec["externalTrafficPolicy"] = nil
    members["spec"] = .object(spec)
    if case .object(var annotations)? = metadata["annotations"] {
      annotations[ObjectMetadataKeys.digest] = nil
      metadata["annotations"] = .object(annotations)
      members["metadata"] = .object(metadata)
    }
    return .object(members)
  }
}
