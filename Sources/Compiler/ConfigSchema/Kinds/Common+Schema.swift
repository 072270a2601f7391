import ConfigModel

extension Schema where Value == PortRange {
  static let portRange = Schema.parsed(.portRange) { PortRange($0) }
}

extension Schema where Value == CivilDate {
  static let date = Schema.parsed(.date) { CivilDate($0) }
}

extension Schema where Value == Timestamp {
  static let timestamp = Schema.parsed(.timestamp) { Timestamp($0) }
}

extension Schema where Value == String {
  static let ipAddress = Schema.parsed(.ipAddress) { IPAddress($0) == nil ? nil : $0 }
  static let network = Schema.parsed(.network) { IPNetwork($0) == nil ? nil : $0 }
  static let addressOrNetwork = Schema.parsed(.addressOrNetwork) { text in
    IPAddress(text) == nil && IPNetwork(text) == nil ? nil : text
  }
}

extension Schema where Value == ResourceAmounts {
  static let amounts = Schema.object(
    "resource amounts", ResourceAmounts(), "Kubernetes quantities.",
    fields: [
      .optional("cpu", \.cpu, .format(.quantity), "CPU time in cores", examples: "250m"),
      .optional("memory", \.memory, .format(.quantity), "memory", examples: "64Mi"),
    ])
}

extension Schema where Value == ResourceRequirements {
  static let resources = Schema.object(
    "resources", ResourceRequirements(), "Resource requests and limits of a relay's container.",
    fields: [
      .defaulted("requests", \.requests, .amounts, "the reserved resources", examples: "{ cpu: 100m, memory: 64Mi }"),
      .defaulted("limits", \.limits, .amounts, "the most that it can use", examples: "{ memory: 256Mi }"),
    ])
}

extension Schema where Value == Image {
  static let image = Schema.object(
    "image", Image(), "The container image of a relay.", alternatives: [.atLeastOne(of: "tag", "digest")],
    fields: [
      .required(
        "repository", \.repository, .format(.imageRepository),
        "the repository of the image", examples: "ghcr.io/wpex/wpex-relay"
      ),
      .optional("tag", \.tag, .format(.imageTag), "its tag, which can later refer to another image", examples: "1.4.2"),
      .optional(
        "digest", \.digest, .format(.imageDigest), "its digest, which always refers to the same image",
        examples: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ])
}
