import Glibc

/// A parsed Git index file (gitformat-index(5), versions 2 to 4): the tracked files and their `stat` data at the last
/// comparison. Parsed here because libgit2 1.5 reads neither split nor sparse indexes, nor SHA-256 ids.
struct IndexFile: Equatable {
  private(set) var entries: [Entry] = []
  /// The id of the shared index that a split index modifies; nil if the index is not split.
  private var shared: [UInt8]?
  /// Positions of entries in the shared index that are deleted, or replaced by the first entries of this one.
  private var deleted: [Int] = []
  private var replaced: [Int] = []

  struct Entry: Equatable {
    /// The path in bytes, with `/` as separator. A folder of a sparse index ends with `/`.
    var path: ArraySlice<UInt8>
    let mode: UInt32
    let id: ArraySlice<UInt8>
    /// The merge stage: 0, or 1 to 3 for an unmerged file.
    let stage: UInt8
    /// `--skip-worktree`: left out by a sparse checkout.
    let isSkipped: Bool
    /// `git add --intent-to-add`: not part of a commit yet.
    let isOnlyIntended: Bool
    /// `--assume-unchanged`.
    let isAssumedUnchanged: Bool
    let stamp: Stamp

    var isFolder: Bool { mode & 0o170000 == 0o040000 }
    var isSubmodule: Bool { mode & 0o170000 == 0o160000 }
    var isLink: Bool { mode & 0o170000 == 0o120000 }
  }

  /// A file's `stat` data, each number truncated to 32 bits.
  struct Stamp: Equatable {
    let changed, modified: Time
    let inode, size: UInt32
  }

  /// A timestamp of a file system, each part truncated to 32 bits.
  struct Time: Comparable {
    let seconds, nanoseconds: UInt32

    init(_ seconds: UInt32, _ nanoseconds: UInt32) {
      self.seconds = seconds
      self.nanoseconds = nanoseconds
    }

    init(_ time: timespec) {
      seconds = UInt32(truncatingIfNeeded: time.tv_sec)
      nanoseconds = UInt32(truncatingIfNeeded: time.tv_nsec)
    }

    static func < (left: Time, right: Time) -> Bool {
      (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
  }

  struct Fault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// Creates an index without entries.
  init() {}

  /// Parses an index file.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - idLength: 20 for SHA-1, 32 for SHA-256.
  /// - Throws: `Fault` if the file is malformed or has an unknown mandatory extension.
  init(_ bytes: [UInt8], idLength: Int) throws(Fault) {
    var reader = Reader(bytes[...])
    guard try reader.take(4).elementsEqual("DIRC".utf8) else { throw Fault("it does not begin with `DIRC`") }
    let version = try reader.number()
    guard (2...4).contains(version) else { throw Fault("it has version \(version)") }
    let count = try reader.number()
    var last: ArraySlice<UInt8> = []
    for _ in 0..<count {
      let entry = try Self.entry(&reader, version: version, idLength: idLength, after: last)
      last = entry.path
      entries.append(entry)
    }
    while reader.rest.count > idLength {
      let name = try reader.take(4)
      var data = Reader(try reader.take(Int(try reader.number())))
      if name.elementsEqual("link".utf8) {
        shared = Array(try data.take(idLength))
        if !data.rest.isEmpty {
          deleted = try data.bitmap()
          replaced = try data.bitmap()
        }
      } else if let first = name.first, !(0x41...0x5A).contains(first), !name.elementsEqual("sdir".utf8) {
        throw Fault("it has the extension `\(TreeFault.shown(name))`, which must not be ignored")
      }
    }
  }

  /// The file name of the shared index; nil if this index is not split, or if the shared index is empty.
  var sharedName: String? {
    guard let shared, shared.contains(where: { $0 != 0 }) else { return nil }
    return "sharedindex.\(TreeFault.hexadecimal(shared))"
  }

  /// Returns this split index merged with its shared index.
  func over(_ base: IndexFile) throws(Fault) -> IndexFile {
    var own = entries[...]
    var merged: [Entry?] = base.entries.map { $0 }
    for position in replaced {
      guard merged.indices.contains(position), var entry = own.popFirst(), let old = merged[position] else {
        throw Fault("it does not match its shared index")
      }
      if entry.path.isEmpty { entry.path = old.path }
      merged[position] = entry
    }
    for position in deleted where merged.indices.contains(position) { merged[position] = nil }
    var whole = IndexFile()
    whole.entries = merged.compactMap { $0 } + own
    return whole
  }

  private static func entry(
    _ reader: inout Reader, version: UInt32, idLength: Int, after last: ArraySlice<UInt8>
  ) throws(Fault) -> Entry {
    let start = reader.rest.startIndex
    var numbers: [UInt32] = []
    for _ in 0..<10 { numbers.append(try reader.number()) }
    let id = try reader.take(idLength)
    let flags = try reader.short()
    var more: UInt16 = 0
    if version >= 3, flags & 0x4000 != 0 { more = try reader.short() }
    let path: ArraySlice<UInt8>
    if version == 4 {
      let cut = try reader.variableNumber()
      guard cut <= last.count else { throw Fault("a path is shortened by more than its length") }
      path = last.dropLast(cut) + (try reader.untilZero())
    } else {
      path = try reader.untilZero()
      // Entries are padded with one to eight zeros, of which `untilZero` has read one.
      let length = reader.rest.startIndex - start
      _ = try reader.take((8 - length % 8) % 8)
    }
    return Entry(
      path: path, mode: numbers[6], id: id, stage: UInt8(flags >> 12 & 3), isSkipped: more & 0x4000 != 0,
      isOnlyIntended: more & 0x2000 != 0, isAssumedUnchanged: flags & 0x8000 != 0,
      stamp: Stamp(
        changed: Time(numbers[0], numbers[1]), modified: Time(numbers[2], numbers[3]), inode: numbers[5],
        size: numbers[9]))
  }

  private struct Reader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func take(_ count: Int) throws(Fault) -> ArraySlice<UInt8> {
      guard count >= 0, rest.count >= count else { throw Fault("it ends too early") }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    mutating func number() throws(Fault) -> UInt32 { try take(4).reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func short() throws(Fault) -> UInt16 { try take(2).reduce(0) { $0 << 8 | UInt16($1) } }

    mutating func word() throws(Fault) -> UInt64 { try take(8).reduce(0) { $0 << 8 | UInt64($1) } }

    mutating func untilZero() throws(Fault) -> ArraySlice<UInt8> {
      guard let end = rest.firstIndex(of: 0) else { throw Fault("it ends in a path") }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }

    /// Reads an integer in the variable-length encoding of pack offsets.
    mutating func variableNumber() throws(Fault) -> Int {
      var number = 0
      while true {
        guard let byte = try take(1).first, number < 1 << 40 else { throw Fault("a number is too long") }
        number = number << 7 | Int(byte & 0x7F)
        if byte & 0x80 == 0 { return number }
        number += 1
      }
    }

    /// Reads an EWAH-compressed bitmap and returns the positions of its set bits.
    mutating func bitmap() throws(Fault) -> [Int] {
      let size = Int(try number())
      var words: [UInt64] = []
      for _ in 0..<(try number()) { words.append(try word()) }
      _ = try number()
      var positions: [Int] = []
      var position = 0
      var next = words[...]
      while let head = next.popFirst(), position < size {
        let run = Int(head >> 1 & 0xFFFF_FFFF) * 64
        if head & 1 == 1 { positions += position..<min(size, position + run) }
        position += run
        for _ in 0..<(head >> 33) {
          guard let literal = next.popFirst() else { throw Fault("a bitmap ends too early") }
          for bit in 0..<64 where literal >> UInt64(bit) & 1 == 1 { positions.append(position + bit) }
          position += 64
        }
      }
      return positions
    }
  }
}

extension IndexFile.Entry {
  /// Creates an entry for a file in a folder that a sparse index records as a whole.
  init(skipped path: ArraySlice<UInt8>, mode: UInt32, id: ArraySlice<UInt8>) {
    self.init(
      path: path, mode: mode, id: id, stage: 0, isSkipped: true, isOnlyIntended: false, isAssumedUnchanged: false,
      stamp: IndexFile.Stamp(changed: IndexFile.Time(0, 0), modified: IndexFile.Time(0, 0), inode: 0, size: 0))
  }
}
