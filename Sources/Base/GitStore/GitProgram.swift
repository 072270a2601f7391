import ProcessSupport
import CChildProcess
import Glibc

/// The `git` program. Runs are serialized on a dedicated thread that waits for them; the kernel ends a run if that
/// thread ends.
actor GitProgram {
  private let executor = DedicatedThread()
  private let path: String

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The result of a completed run.
  struct Outcome {
    /// The exit status; nil if a signal ended the program.
    let status: Int32?
    let output: String
    let errors: String
  }

  /// An error for a run that exceeded a time limit and was terminated.
  struct Expired: Error {
    let expiry: FetchWatch.Expiry
    let errors: String
  }

  /// Finds `git` in a search path.
  ///
  /// - Throws: `GitStoreError` if Git is not installed.
  init(searchPath: String?) throws(GitStoreError) { path = try ProgramPath.find("git", in: searchPath) }

  deinit { executor.stop() }

  /// Runs `git` to completion.
  ///
  /// - Parameters:
  ///   - files: contents of the descriptors that the program inherits, from `RemoteAccess.firstDescriptor` on.
  ///   - begin: start of the operation that this run is part of, by `now`.
  ///   - isWatchingConnection: whether the time to connect is limited here rather than by the program itself.
  /// - Throws: `Expired`, `CancellationError`, or `GitStoreError` if the program cannot be started.
  nonisolated func run(
    _ arguments: [String], environment: [String], files: [[UInt8]] = [], timeouts: GitTimeouts, since begin: Double,
    isWatchingConnection: Bool = false
  ) async throws -> Outcome {
    let bell = try Bell()
    let watch = FetchWatch(timeouts, from: begin, isConnected: !isWatchingConnection)
    return try await withTaskCancellationHandler {
      try await self.run(arguments, environment, files, watch, bell)
    } onCancel: {
      bell.ring()
    }
  }

  /// Seconds on the monotonic clock.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  // MARK: - A run

  /// Bytes kept of the output and of the messages, because a server may send any amount.
  private static let maxOutputBytes = 1 << 20
  private static let maxErrorBytes = 1 << 16

  private func run(
    _ arguments: [String], _ environment: [String], _ files: [[UInt8]], _ watch: FetchWatch, _ bell: Bell
  ) throws -> Outcome {
    try Task.checkCancellation()
    let (output, errors, trace) = try Self.pipes()
    let pipes = [output, errors, trace]
    defer { for pipe in pipes { close(pipe.reader) } }
    let child: pid_t
    do {
      defer { for pipe in pipes { close(pipe.writer) } }
      child = try start(arguments, environment, files, output, errors, trace)
    }
    var kept: (output: [UInt8], errors: [UInt8]) = ([], [])
    do {
      try read(child, output, errors, trace, bell, watch, &kept)
    } catch {
      Self.end(child)
      guard let expiry = error as? Ended, case .expired(let what) = expiry else { throw CancellationError() }
      throw Expired(expiry: what, errors: String(decoding: kept.errors, as: UTF8.self))
    }
    var status: Int32 = 0
    while child_poll(child, &status) == 1 { usleep(1_000) }
    return Outcome(
      status: status & 0x7F == 0 ? (status >> 8) & 0xFF : nil, output: String(decoding: kept.output, as: UTF8.self),
      errors: String(decoding: kept.errors, as: UTF8.self))
  }

  private static func pipes() throws -> (output: Pipe, errors: Pipe, trace: Pipe) {
    var made: [Pipe] = []
    do {
      let output = try Pipe()
      made.append(output)
      let errors = try Pipe()
      made.append(errors)
      return (output, errors, try Pipe())
    } catch {
      for pipe in made {
        close(pipe.reader)
        close(pipe.writer)
      }
      throw error
    }
  }

  private enum Ended: Error {
    case cancelled
    case expired(FetchWatch.Expiry)
  }

  /// Reads the program's pipes until it has ended.
  private func read(
    _ child: pid_t, _ output: Pipe, _ errors: Pipe, _ trace: Pipe, _ bell: Bell, _ watch: FetchWatch,
    _ kept: inout (output: [UInt8], errors: [UInt8])
  ) throws {
    var watch = watch
    var connection = ConnectionTrace()
    var open = [output, errors, trace]
    while !open.isEmpty {
      let moment = Self.now
      if let expiry = watch.expiry(at: moment) { throw Ended.expired(expiry) }
      var polled = (open.map(\.reader) + [bell.reader]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      // A descendant of the program may outlive it and hold a pipe open.
      let pause = min(watch.rest(at: moment), 0.25)
      let ready = poll(&polled, nfds_t(polled.count), Int32((pause * 1_000).rounded(.up)))
      if ready == 0, child_has_ended(child) == 1 { return }
      guard ready > 0 else { continue }
      if polled.last.map({ $0.revents != 0 }) == true { throw Ended.cancelled }
      for (pipe, state) in zip(open, polled) where state.revents != 0 {
        guard let bytes = pipe.read() else {
          open.removeAll { $0.reader == pipe.reader }
          continue
        }
        watch.heard(at: Self.now)
        if pipe.reader == output.reader {
          kept.output.append(contentsOf: bytes.prefix(Self.maxOutputBytes - kept.output.count))
        } else if pipe.reader == errors.reader {
          kept.errors.append(contentsOf: bytes)
          if kept.errors.count > Self.maxErrorBytes {
            kept.errors.removeFirst(kept.errors.count - Self.maxErrorBytes / 2)
          }
        } else if connection.shows(bytes) {
          watch.connected(at: Self.now)
        }
      }
    }
  }

  private func start(
    _ arguments: [String], _ environment: [String], _ files: [[UInt8]], _ output: Pipe, _ errors: Pipe, _ trace: Pipe
  ) throws(GitStoreError) -> pid_t {
    var inherited = [trace.writer]
    defer { for file in inherited.dropFirst() { close(file) } }
    for bytes in files {
      let file = child_memory_file(bytes, bytes.count)
      guard file >= 0 else { throw GitStoreError(.unreadable, "the kernel provides no memory file: \(Self.reason)") }
      inherited.append(file)
    }
    var argv = ([path] + arguments).map { strdup($0) }
    var envp = environment.map { strdup($0) }
    defer { for text in argv + envp { free(text) } }
    argv.append(nil)
    envp.append(nil)
    var child: pid_t = 0
    let error = child_start(
      path, &argv, &envp, output.writer, errors.writer, inherited, Int32(inherited.count), &child)
    guard error == 0 else {
      throw GitStoreError(.unreadable, "`\(path)` cannot be started: \(String(cString: strerror(error)))")
    }
    return child
  }

  /// Seconds that a terminated run has to remove its temporary files and locks.
  private static let grace = 1.0

  /// Terminates a run and all of its descendants.
  private static func end(_ child: pid_t) {
    kill(-child, SIGTERM)
    let begin = now
    while child_has_ended(child) == 0, now - begin < grace { usleep(10_000) }
    // The process is not reaped yet, so its id cannot have been reused.
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while child_poll(child, &status) == 1 { usleep(1_000) }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}

/// A pipe whose reading end belongs to this process.
private struct Pipe {
  let reader: Int32
  let writer: Int32

  init() throws(GitStoreError) {
    var reader: Int32 = -1
    var writer: Int32 = -1
    let error = child_pipe(&reader, &writer)
    guard error == 0 else {
      throw GitStoreError(.unreadable, "the kernel provides no pipe: \(String(cString: strerror(error)))")
    }
    self.reader = reader
    self.writer = writer
  }

  /// Returns the available bytes; nil at the end.
  func read() -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      count = max(0, Glibc.read(reader, buffer.baseAddress, buffer.count))
    }
    return bytes.isEmpty ? nil : bytes
  }
}

/// A pipe that becomes readable when a task is cancelled, to interrupt `poll`.
private final class Bell: Sendable {
  private let pipe: Pipe

  init() throws(GitStoreError) { pipe = try Pipe() }

  deinit {
    close(pipe.reader)
    close(pipe.writer)
  }

  /// A descriptor that is readable once the bell has rung.
  var reader: Int32 { pipe.reader }

  func ring() {
    var byte: UInt8 = 1
    _ = write(pipe.writer, &byte, 1)
  }
}
