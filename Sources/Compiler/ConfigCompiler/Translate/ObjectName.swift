/// Kind and name of a Kubernetes object in an organization's namespace.
struct ObjectName: Hashable {
  let kind: String
  let name: String
}
