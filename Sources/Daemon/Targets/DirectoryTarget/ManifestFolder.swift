import ConfigCompiler
import FoundationEssentials
import TextFormats
import DeploymentPlanning

/// wpex's manifests in a folder, identified by their labels and annotations.
struct ManifestFolder {
  private let folder: String

  init(_ folder: String) { self.folder = folder }

  /// Returns every object with the path of its file. Files that wpex did not write are left out.
  func objects() -> [(object: LiveObject, path: String)] {
    var found: [(object: LiveObject, path: String)] = []
    for namespace in names(folder) {
      for name in names("\(folder)/\(namespace)") where name.hasSuffix(".yaml") {
        let path = "\(folder)/\(namespace)/\(name)"
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count < 16 << 20,
          let object = Self.object(String(decoding: bytes, as: UTF8.self))
        else { continue }
        found.append((object, path))
      }
    }
    return found
  }

  private func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Parses the header of a manifest in the layout that wpex writes.
  private static func object(_ text: String) -> LiveObject? {
    var top: [String: String] = [:]
    var metadata: [String: String] = [:]
    var isInMetadata = false
    for line in text.separated(at: "\n") {
      guard let colon = line.firstRange(of: ":") else { continue }
      let name = String(line[..<colon.lowerBound])
      var value = String(line[colon.upperBound...].drop { $0 == " " })
      if value.utf8.count > 1, value.hasPrefix("\""), value.hasSuffix("\"") {
        value = String(value.dropFirst().dropLast())
      }
      if !name.hasPrefix(" ") {
        if isInMetadata { break }
        isInMetadata = name == "metadata"
        top[name] = value
      } else if isInMetadata {
        metadata[String(name.drop { $0 == " " })] = value
      }
    }
    guard let apiVersion = top["apiVersion"], let kind = top["kind"], let name = metadata["name"],
      metadata[ObjectMetadataKeys.managedBy] == ObjectMetadataKeys.manager, let org = metadata[ObjectMetadataKeys.org]
    else { return nil }
    return LiveObject(
      id: ObjectID(apiVersion: apiVersion, kind: kind, namespace: metadata["namespace"], name: name), org: org,
      relay: metadata[ObjectMetadataKeys.relay], digest: metadata[ObjectMetadataKeys.digest],
      isProtected: metadata[ObjectMetadataKeys.deletionProtection] == "true")
  }
}
