import ConfigModel
import KubernetesModel

/// Translation of an organization into Kubernetes objects of one region, except for its relays.
struct OrganizationObjects {
  let unit: OrganizationUnit
  let organization: Declared<OrganizationSpec>
  let platform: PlatformUnit
  let namespace: String
  /// Level that the namespace enforces.
  let podSecurity: PodSecurityLevel

  private var labels: [String: String] {
    [
      ObjectMetadataKeys.managedBy: ObjectMetadataKeys.manager, "app.kubernetes.io/part-of": unit.name,
      ObjectMetadataKeys.org: unit.name,
    ]
  }

  private func metadata(_ name: String) -> ObjectMeta { ObjectMeta(name: name, namespace: namespace, labels: labels) }

  /// All objects, in the order of application.
  var manifests: [any Manifest] {
    var manifests: [any Manifest] = [namespaceObject]
    if let relays = organization.spec.limits.relays {
      let services = platform.platform?.spec.relay.cluster == false ? 2 : 3
      manifests.append(
        ResourceQuota(
          metadata: metadata(ObjectNames.limits),
          spec: ResourceQuota.Spec(hard: [
            "count/deployments.apps": "\(relays)", "count/services": "\(relays * services)",
            // Up to ten replicas per relay, and as many again while they are replaced.
            "pods": "\(relays * 20)",
          ])))
    }
    manifests.append(
      LimitRange(
        metadata: metadata(ObjectNames.limits),
        spec: LimitRange.Spec(limits: [
          LimitRange.Item(
            type: .container, default: ["memory": "128Mi"], defaultRequest: ["cpu": "50m", "memory": "32Mi"])
        ])))
    manifests.append(
      NetworkPolicy(
        metadata: metadata(ObjectNames.defaultDeny),
        spec: NetworkPolicy.Spec(podSelector: LabelSelector(), policyTypes: [.ingress, .egress])))
    return manifests + roleBindings
  }

  private var namespaceObject: Namespace {
    var labels = labels
    labels[ObjectMetadataKeys.podSecurity] = podSecurity.rawValue
    labels["pod-security.kubernetes.io/audit"] = "restricted"
    labels["pod-security.kubernetes.io/warn"] = "restricted"
    return Namespace(metadata: ObjectMeta(name: namespace, labels: labels))
  }

  /// A binding for each ClusterRole from deploy/, of the users whose permissions match it.
  ///
  /// Kubernetes identifies a user of an OpenID Connect issuer by `issuer#subject`.
  private var roleBindings: [RoleBinding] {
    guard organization.spec.status == .active else { return [] }
    return ["wpex-engineer", "wpex-viewer"].compactMap { clusterRole in
      let subjects = unit.users
        .filter { $0.spec.status == .active && self.clusterRole(of: $0) == clusterRole }
        .flatMap { user in user.spec.identities.oidc.map { RoleBinding.Subject.user("\($0.issuer)#\($0.subject)") } }
      guard !subjects.isEmpty else { return nil }
      return RoleBinding(
        metadata: metadata(clusterRole), roleRef: RoleBinding.RoleRef(kind: .clusterRole, name: clusterRole),
        subjects: subjects)
    }
  }

  private func clusterRole(of user: Declared<UserSpec>) -> String? {
    let permissions = Set(user.spec.roles.compactMap(platform.role).flatMap(\.permissions))
    if permissions.contains(.relaysWrite) { return "wpex-engineer" }
    return permissions.contains(.relaysRead) ? "wpex-viewer" : nil
  }
}
