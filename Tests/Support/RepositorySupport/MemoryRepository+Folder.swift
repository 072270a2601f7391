import FoundationEssentials

extension MemoryRepository {
  /// Reads a folder that contains only files and folders.
  ///
  /// - Throws: An error of Foundation if a file cannot be read.
  package init(folder path: String) throws {
    self.init()
    for file in try FileManager.default.subpathsOfDirectory(atPath: path).sorted() {
      var isFolder = false
      guard FileManager.default.fileExists(atPath: "\(path)/\(file)", isDirectory: &isFolder), !isFolder else {
        continue
      }
      set(file, Array(try Data(contentsOf: URL(filePath: "\(path)/\(file)"))))
    }
  }

  /// A file's text; empty if there is none.
  package func text(_ path: String) -> String { String(decoding: contents[path] ?? [], as: UTF8.self) }

  /// Replaces a file's text.
  package mutating func edit(_ path: String, _ change: (String) -> String) { set(path, change(text(path))) }
}
