import ArgumentParser
import ConfigModel
import Diagnostics
import FileAccess
import FoundationEssentials
import YAMLSyntax

/// Names declared in a repository, for shell completion.
///
/// Reads only the files of one kind and ignores unreadable ones: completion must be fast and silent.
enum DeclaredNames {
  /// Completes relays, keys and users as `ORG/NAME`, and global users and organizations by name.
  static func completion(_ kind: Kind) -> CompletionKind {
    .custom { words, _, _ in names(of: kind, in: folder(words)) }
  }

  /// Completes the names of the platform's regions.
  static let regions = CompletionKind.custom { words, _, _ in
    documents(["platform.yaml"], in: folder(words)).flatMap { root in
      (root["spec"]?["regions"]?.sequence ?? []).compactMap { $0["name"]?.scalar?.text }
    }
  }

  /// The value of `--repo` among the words typed so far; the current folder if there is none.
  private static func folder(_ words: [String]) -> String {
    if let option = words.lastIndex(of: "--repo"), option + 1 < words.count { return words[option + 1] }
    return words.last { $0.hasPrefix("--repo=") }.map { String($0.dropFirst(7)) } ?? "."
  }

  private static func names(of kind: Kind, in repo: String) -> [String] {
    let orgs = list("\(repo)/orgs")
    switch kind {
    case .organization: return orgs
    case .user:
      return own("users", in: repo) + orgs.flatMap { org in own("orgs/\(org)/users", in: repo).map { "\(org)/\($0)" } }
    case .key: return orgs.flatMap { org in own("orgs/\(org)/keys", in: repo).map { "\(org)/\($0)" } }
    case .relay: return orgs.flatMap { org in own("orgs/\(org)/relays", in: repo).map { "\(org)/\($0)" } }
    case .platform, .role: return []
    }
  }

  private static func own(_ folder: String, in repo: String) -> [String] {
    let files = list("\(repo)/\(folder)").filter { $0.hasSuffix(".yaml") }.map { "\(folder)/\($0)" }
    return documents(files, in: repo).compactMap { $0["metadata"]?["name"]?.scalar?.text }
  }

  private static func documents(_ files: [String], in repo: String) -> [YAMLNode] {
    files.flatMap { file -> [YAMLNode] in
      guard let bytes = try? Files.read("\(repo)/\(file)") else { return [] }
      return YAMLParser.parse(SourceFile(path: file, bytes: bytes)).documents.map(\.root)
    }
  }

  private static func list(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }
}
