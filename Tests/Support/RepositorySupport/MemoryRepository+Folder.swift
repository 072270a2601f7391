import FoundationEssentials

extension MemoryRepository {
  /// The files of a folder that holds nothing but files and folders.
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

  package func text(_ path: String) -> String { String(decoding: contents[path] ?? [], as: UTF8.self) }

  package mutating func edit(_ path: String, _ change: (String) -> String) { set(path, change(text(path))) }
}
