import Diagnostics
import TestSupport

/// A repository's tree in memory that grows apart step by step, also in ways in which no command of Git writes one.
struct RandomTree {
  private(set) var root = Folder()

  indirect enum Node {
    case file([UInt8], mode: String)
    case link
    case submodule
    case folder(Folder)
  }

  struct Folder {
    /// Names may come twice.
    var children: [(name: [UInt8], node: Node)] = []
    /// Whether it is written in the order in which it stands here.
    var isUnsorted = false
  }

  /// The catalogue's base.
  init() {
    for entry in Example.base.entries {
      guard case .text(let text) = entry.content else { continue }
      put(.file(Array(text.utf8), mode: "100644"), at: entry.path.split(separator: "/").map { Array($0.utf8) })
    }
  }

  /// Puts a file at a path, whose names may be equal but for their normal form.
  mutating func put(_ text: String, at path: String) {
    put(.file(Array(text.utf8), mode: "100644"), at: Self.names(of: path))
  }

  /// Puts a link to `linkTarget` at a path.
  mutating func putLink(at path: String) { put(.link, at: Self.names(of: path)) }

  /// What every link of a tree holds.
  static let linkTarget = "giulia.yaml"

  private static func names(of path: String) -> [[UInt8]] {
    path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
  }

  private mutating func put(_ node: Node, at path: [[UInt8]]) { Self.put(node, at: path[...], in: &root) }

  private static func put(_ node: Node, at path: ArraySlice<[UInt8]>, in folder: inout Folder) {
    guard let name = path.first else { return }
    let index = folder.children.firstIndex { $0.name == name }
    guard path.count > 1 else {
      if let index { folder.children[index].node = node } else { folder.children.append((name, node)) }
      return
    }
    var inner = Folder()
    if let index, case .folder(let known) = folder.children[index].node { inner = known }
    put(node, at: path.dropFirst(), in: &inner)
    if let index {
      folder.children[index].node = .folder(inner)
    } else {
      folder.children.append((name, .folder(inner)))
    }
  }

  // MARK: - Changes

  /// Changes one thing, somewhere.
  mutating func change(using random: inout SeededGenerator) {
    let path = Self.places.randomElement(using: &random) ?? []
    Self.change(&root, along: path[...], using: &random)
  }

  /// Folders in which something changes, by the names on the way.
  private static let places: [[String]] = [
    [], ["orgs"], ["orgs", "acme"], ["orgs", "acme", "keys"], ["orgs", "acme", "relays"], ["orgs", "acme", "users"],
    ["orgs", "globex"],
    ["orgs", "globex", "keys"], ["orgs", "globex", "users"], ["users"], ["roles"], ["docs"], ["orgs", "e\u{301}"],
    ["orgs", "\u{E9}"],
    ["orgs", "ACME"], ["orgs", "acme", "users", "deep"],
  ]

  private static let names: [String] = [
    "a.yaml", "giulia.yaml", "organization.yaml", "north-1.yaml", "platform.yaml", ".wpexignore", "README.md", "b.yml",
    "users", "keys", "relays",
    "acme", "globex", "\u{E9}", "e\u{301}", "\u{E9}.yaml", "e\u{301}.yaml", "ACME", "orgs", "docs", ".github", "x.yaml",
  ]

  /// Names that no tree may hold.
  private static let hostile: [String] = [
    "orgs/globex/users/zz.yaml", "users/zz.yaml", "globex/users/zz.yaml", "../globex/users/zz.yaml", "", ".", "..",
    ".git", "git~1", "keys/../x.yaml",
  ]

  private static let texts: [String] =
    Example.base.entries.compactMap { if case .text(let text) = $0.content { text } else { nil } } + [
      "", "# nothing\n", "{", "kind: Relay\n", "docs/\n", "orgs/acme/users/*\n", "orgs/globex/\n", "**/a.yaml\n",
    ]

  private static func change(
    _ folder: inout Folder, along path: ArraySlice<String>, using random: inout SeededGenerator
  ) {
    if let name = path.first {
      let bytes = Array(name.utf8)
      let index = folder.children.firstIndex { $0.name == bytes }
      var inner = Folder()
      if let index, case .folder(let known) = folder.children[index].node { inner = known }
      change(&inner, along: path.dropFirst(), using: &random)
      if let index {
        folder.children[index].node = .folder(inner)
      } else {
        folder.children.append((bytes, .folder(inner)))
      }
      return
    }
    func text() -> Node { .file(Array((texts.randomElement(using: &random) ?? "").utf8), mode: "100644") }
    let name = Array((names.randomElement(using: &random) ?? "").utf8)
    let index = folder.children.indices.randomElement(using: &random)
    switch Int.random(in: 0..<24, using: &random) {
    case 0...6: set(text(), name, &folder)
    case 7...9: if let index { folder.children.remove(at: index) }
    case 10, 11: if let index { folder.children[index].node = edited(folder.children[index].node, using: &random) }
    case 12:
      if let index, case .file(let bytes, let mode) = folder.children[index].node {
        folder.children[index].node = .file(bytes, mode: mode == "100644" ? "100755" : "100644")
      }
    case 13: set(.link, name, &folder)
    case 14: set(.submodule, name, &folder)
    case 15: if let index { folder.children[index].name = name }
    case 16: if let index { set(folder.children[index].node, name, &folder) }
    case 17: set(.folder(Folder(children: [(Array("a.yaml".utf8), text())])), name, &folder)
    case 18: set(text(), [0x78, UInt8.random(in: 0xF8...0xFF, using: &random)] + Array(".yaml".utf8), &folder)
    case 19: folder.children.append((Array((hostile.randomElement(using: &random) ?? "").utf8), text()))
    case 20: if let index { folder.children.append((folder.children[index].name, text())) }
    case 21: folder.isUnsorted.toggle()
    case 22:
      folder.children.shuffle(using: &random)
    default: if let index { folder.children[index].node = .file([], mode: "100664") }
    }
  }

  private static func set(_ node: Node, _ name: [UInt8], _ folder: inout Folder) {
    if let index = folder.children.firstIndex(where: { $0.name == name }) {
      folder.children[index].node = node
    } else {
      folder.children.append((name, node))
    }
  }

  private static func edited(_ node: Node, using random: inout SeededGenerator) -> Node {
    guard case .file(let bytes, let mode) = node else { return node }
    var text = String(decoding: bytes, as: UTF8.self)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: text = "# a comment\n" + text
    case 1: text = text.replacing("status: active", with: "status: disabled")
    case 2: text = text.replacing("30101", with: "30\(Int.random(in: 102...109, using: &random))")
    case 3: text = text.replacing("[engineer]", with: "[viewer, engineer]")
    case 4: text += "---\n" + (texts.randomElement(using: &random) ?? "")
    default: text = text.replacing("name: ", with: "name:  ")
    }
    return .file(Array(text.utf8), mode: mode)
  }

  // MARK: - Git

  /// Writes the tree.
  ///
  /// - Returns: Its id.
  func write(to objects: RawObjects) throws -> [UInt8] { try Self.write(root, objects) }

  private static func write(_ folder: Folder, _ objects: RawObjects) throws -> [UInt8] {
    let entries = try folder.children.map { name, node in
      switch node {
      case .file(let bytes, let mode): RawObjects.Entry(mode, name, try objects.write(.blob, bytes))
      case .link: RawObjects.Entry("120000", name, try objects.write(.blob, Array(linkTarget.utf8)))
      case .submodule: RawObjects.Entry("160000", name, [UInt8](repeating: 7, count: 20))
      case .folder(let inner): RawObjects.Entry("40000", name, try write(inner, objects))
      }
    }
    return try objects.write(.tree, RawObjects.bytes(entries, isSorted: !folder.isUnsorted))
  }
}
