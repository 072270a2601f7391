import TextFormats

extension LanguageSession {
  /// Requests a search for the repository in the client's folders.
  mutating func search(_ places: [String]? = nil) {
    let places = places ?? repository.map { [$0] } ?? (folders.isEmpty ? workspace.root.map { [$0] } ?? [] : folders)
    guard !places.isEmpty else { return }
    if isSearching {
      isSearchOutdated = true
    } else {
      isSearching = true
      actions.append(.findRepository(places))
    }
  }

  mutating func searchAgain() {
    guard isSearchOutdated else { return }
    isSearchOutdated = false
    search()
  }

  mutating func read(_ paths: [String]) {
    guard !paths.isEmpty else { return }
    pendingReads += 1
    actions.append(.read(paths))
  }

  /// Asks the client to report changes of files.
  mutating func watch() {
    // Folders are included because clients do not report the files of a deleted folder.
    let globs = [
      "**/*.yaml", "**/*.yml", "**/.wpexignore", "**/.gitignore", "**/roles", "**/users", "**/orgs", "**/orgs/*",
      "**/orgs/*/*",
    ]
    let watchers = globs.map { glob -> JSON in ["globPattern": .string(glob)] }
    let registration: JSON = [
      "id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": ["watchers": .array(watchers)],
    ]
    actions.append(.send(.request("register-1", "client/registerCapability", ["registrations": [registration]])))
  }

  mutating func filesChanged(_ changes: [JSON]) {
    let uris = changes.compactMap { $0["uri"]?.text }
    let paths = uris.compactMap(workspace.repositoryPath)
    // This many changes indicate a checkout, and the path of a folder does not say which files in it changed.
    let isListing =
      workspace.root == nil || paths.count > 500
      || paths.contains { path in ![".yaml", ".yml", ".wpexignore"].contains { path.hasSuffix($0) } }
    if isListing { search() } else { read(paths) }
  }

  mutating func foldersChanged(_ event: JSON) {
    let removed = Set((event["removed"]?.elements ?? []).compactMap { $0["uri"]?.text }.compactMap(FileURI.path))
    folders.removeAll { removed.contains($0) }
    folders += (event["added"]?.elements ?? []).compactMap { $0["uri"]?.text }.compactMap(FileURI.path)
    search()
  }
}
