import ConfigModel

extension Schema where Value == [String: String] {
  static let labels = Schema.map(.labelKey, to: .format(.labelValue))
  static let annotations = Schema.map(.labelKey, to: .text(length: 0...4_096))
}

extension Schema where Value == Metadata {
  static let metadata = Schema.object(
    "metadata", Metadata(), "What every document has besides its spec.",
    fields: [
      .required(
        "name", \.name, .format(.dnsLabel), "the name, unique for its kind and organization", examples: "milan-1"),
      .optional(
        "org", \.org, .format(.dnsLabel),
        "the organization; the folder determines it, and this field must match if it is present", examples: "acme"),
      .defaulted(
        "labels", \.labels, .labels, "labels by which selectors find it", default: "{}", examples: "{ tier: gold }"),
      .defaulted(
        "annotations", \.annotations, .annotations, "notes for people and tools, without effect", default: "{}"),
    ])
}
