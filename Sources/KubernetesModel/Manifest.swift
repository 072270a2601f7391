package import StructuredText

/// A Kubernetes object as we write it: only the fields that we decide, in the order in which people read them.
package protocol Manifest: Encodable, Sendable {
  var apiVersion: String { get }
  var kind: String { get }
  var metadata: ObjectMeta { get set }
}

extension Encodable where Self: Sendable {
  /// The object as a value whose members stand in the order of their declaration.
  package var json: JSON {
    // The types below hold strings, numbers, lists and maps only, which encode always.
    (try? ManifestEncoder.encode(self)) ?? .null
  }
}

/// `metadata` of an object.
package struct ObjectMeta: Encodable, Sendable, Equatable {
  package var name: String
  package var namespace: String?
  package var labels: [String: String]?
  package var annotations: [String: String]?

  package init(
    name: String, namespace: String? = nil, labels: [String: String]? = nil, annotations: [String: String]? = nil
  ) {
    self.name = name
    self.namespace = namespace
    self.labels = labels
    self.annotations = annotations
  }
}

/// `matchLabels` of a selector.
package struct LabelSelector: Encodable, Sendable {
  package var matchLabels: [String: String]

  package init(_ matchLabels: [String: String] = [:]) { self.matchLabels = matchLabels }

  /// A selector of everything is written as `{}`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if !matchLabels.isEmpty { try container.encode(matchLabels, forKey: .matchLabels) }
  }

  private enum CodingKeys: CodingKey { case matchLabels }
}

/// A port by its number or by a name that the pod gives it.
package enum PortReference: Encodable, Sendable {
  case number(Int)
  case name(String)

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .name(let name): try container.encode(name)
    }
  }
}

/// The version of a cluster's API, which decides the versions of some kinds.
package struct KubernetesVersion: Sendable, Equatable, Comparable, CustomStringConvertible {
  package let major: Int
  package let minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Parses `1.28`, with or without a leading `v` and a patch version.
  package init?(_ text: String) {
    let parts = (text.hasPrefix("v") ? text.dropFirst() : text[...]).split(separator: ".")
    guard (2...3).contains(parts.count), let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    self.init(major: major, minor: minor)
  }

  /// What is written for where nobody says otherwise: any cluster that is still maintained.
  package static let current = KubernetesVersion(major: 1, minor: 28)

  package var description: String { "\(major).\(minor)" }

  package static func < (left: KubernetesVersion, right: KubernetesVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
