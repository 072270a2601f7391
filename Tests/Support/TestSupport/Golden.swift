import FoundationEssentials
package import Testing

/// Compares `actual` with the golden file at `path` (absolute).
///
/// With `WPEX_UPDATE_GOLDEN=1` (`make golden`) it writes the file instead, so that the change is reviewed in the diff.
package func expectGolden(_ actual: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let environment = ProcessInfo.processInfo.environment
  if environment["WPEX_UPDATE_GOLDEN"] == "1" {
    do {
      let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try Data(actual.utf8).write(to: URL(fileURLWithPath: path))
    } catch {
      Issue.record("cannot write the golden file \(path): \(error)", sourceLocation: sourceLocation)
    }
    return
  }
  guard let data = FileManager.default.contents(atPath: path) else {
    Issue.record("there is no golden file \(path): run `make golden` and review it", sourceLocation: sourceLocation)
    return
  }
  let expected = String(decoding: data, as: UTF8.self)
  #expect(actual == expected, "differs from \(path): run `make golden` and review it", sourceLocation: sourceLocation)
}

/// Folder of a test's source file, which also has its golden files and fixtures.
package func folder(of file: String = #filePath) -> String {
  file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
}

/// Root of the checkout.
package let packageRoot: String = {
  #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
}()
