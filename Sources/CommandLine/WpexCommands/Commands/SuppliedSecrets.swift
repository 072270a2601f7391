import ArgumentParser
import ConfigCompiler
import ConfigModel
import FileAccess
import KubernetesClient
import KubernetesModel
import SyncEngine
import TextFormats

/// The entries of Secrets that rendered manifests lack, with their conditions in clusters if those were asked.
struct SuppliedSecrets {
  /// An entry with its condition; nil if no cluster was asked.
  struct Row {
    let entry: SuppliedEntry
    let state: SuppliedEntry.State?
  }

  /// The entries, by region.
  let rows: [Row]

  /// Name of the file that lists them in a rendered folder.
  static let file = "required-secrets.txt"

  /// Lists what manifests lack.
  init(_ entries: [SuppliedEntry]) { rows = entries.map { Row(entry: $0, state: nil) } }

  /// Asks clusters for what manifests lack.
  ///
  /// - Parameter client: Returns the client for the cluster of a region.
  /// - Throws: `KubernetesClientError` if a cluster cannot be asked.
  init(
    _ entries: [SuppliedEntry], _ client: (String) async throws(KubernetesClientError) -> KubernetesClient
  ) async throws(KubernetesClientError) {
    var secrets: [String: JSON?] = [:]
    var shared: [String: String] = [:]
    var rows: [Row] = []
    for entry in entries {
      let place = "\(entry.region)/\(entry.namespace)/\(entry.secret)"
      if secrets[place] == nil { secrets[place] = try await Self.read(entry, client(entry.region)) }
      let secret = secrets[place] ?? nil
      var state = entry.state(in: secret)
      if state == .present, let key = entry.sharedKey(in: secret)?.split(separator: "\n").first.map(String.init) {
        let relay = "\(entry.org)/\(entry.relay ?? "")"
        if let other = shared[relay], other != key { state = .unusable("it differs from the key in another region") }
        shared[relay] = shared[relay] ?? key
      }
      rows.append(Row(entry: entry, state: state))
    }
    self.rows = rows
  }

  private static func read(
    _ entry: SuppliedEntry, _ client: KubernetesClient
  ) async throws(KubernetesClientError) -> JSON? {
    guard let path = ResourcePath.one(Secret.kind, Secret.apiVersion, entry.namespace, entry.secret) else { return nil }
    let answer = try await client.ask(.get, path)
    guard answer.status != 404 else { return nil }
    guard answer.status == 200 else { throw answer.failure("Secret \(entry.namespace)/\(entry.secret)") }
    return answer.body
  }

  /// Required entries that are not as relays need them; empty if no cluster was asked.
  var lacking: [Row] { rows.filter { $0.entry.isRequired && $0.state.map { $0 != .present } ?? false } }

  /// The entries as text for people.
  var text: String {
    var lines: [String] = []
    for region in Set(rows.map(\.entry.region)).sorted() {
      let rows = rows.filter { $0.entry.region == region }
      let isAsked = rows.contains { $0.state != nil }
      var table = TextTable(["SECRET", "ENTRY"] + (isAsked ? ["STATE"] : []) + ["NEEDED", "WHAT"])
      for row in rows {
        table.add(
          ["\(row.entry.namespace)/\(row.entry.secret)", row.entry.entry] + (isAsked ? [row.state?.word ?? ""] : [])
            + [row.entry.isRequired ? "yes" : "no", row.entry.summary])
      }
      lines += [region, table.text, ""]
      for row in rows {
        if case .unusable(let reason)? = row.state {
          lines.append("\(row.entry.namespace)/\(row.entry.secret), `\(row.entry.entry)`: \(reason)")
        }
      }
      let wanted = rows.filter { $0.state != .present }
      let commands = wanted.compactMap(\.entry.command)
      if !commands.isEmpty {
        lines += ["Make what is missing, with kubectl's context of \(region):", ""] + commands + [""]
      }
      for row in wanted {
        guard case .clusterKey(let regions) = row.entry.content, regions.count > 1 else { continue }
        lines.append(
          "The regions of \(row.entry.org)/\(row.entry.relay ?? "") share a key. Make its file once: "
            + "head -c 32 /dev/urandom | base64 >\(row.entry.org)-\(row.entry.relay ?? "").cluster-key")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The entries for programs.
  var json: JSON {
    [
      "version": 1,
      "entries": .array(
        rows.map { row in
          let entry = row.entry
          var members: JSON.Members = [
            "region": .string(entry.region), "namespace": .string(entry.namespace), "secret": .string(entry.secret),
            "entry": .string(entry.entry), "org": .string(entry.org), "required": .bool(entry.isRequired),
            "what": .string(entry.summary),
          ]
          members["relay"] = entry.relay.map { .string($0) }
          members["command"] = entry.command.map { .string($0) }
          members["state"] = row.state.map { .string($0.word) }
          if case .unusable(let reason)? = row.state { members["reason"] = .string(reason) }
          return .object(members)
        }),
    ]
  }
}
