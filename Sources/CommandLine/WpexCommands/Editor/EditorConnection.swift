import ConfigCompiler
import ConfigModel
import FileAccess
import FoundationEssentials
import GitStore
import Glibc
import LanguageServer
import TextFormats
import SyncService

/// Connects a language session to standard input and output, the file system and the clock.
struct EditorConnection: Sendable {
  private enum Event: Sendable {
    case input([UInt8])
    case endOfInput
    case found(EditorRepository.Found)
    case failed(String)
    case read([(path: String, bytes: [UInt8]?)])
    case compiled(Compilation, LanguageSession.CompileInput)
    case pauseEnded
    case clientDied
  }

  /// Delay before a compile, which collects keystrokes.
  private static let pause = Duration.milliseconds(8)
  /// Interval of checks whether the editor's process is alive.
  private static let clientInterval = Duration.seconds(2)

  private let repository: String?
  private let now: Timestamp?
  private let events: AsyncStream<Event>
  private let post: AsyncStream<Event>.Continuation
  private let output = StandardOutput()
  private let committed = CommittedDocuments()

  /// - Parameters:
  ///   - repository: folder from the command line; nil to find it from the editor's folders.
  ///   - now: time at which expiry is evaluated; nil for the clock's.
  init(repository: String?, now: Timestamp?) {
    self.now = now
    self.repository = repository.map(Files.resolved)
    (events, post) = AsyncStream.makeStream()
  }

  /// Serves until the client sends `exit` or goes away.
  ///
  /// - Returns: Exit status required by LSP 3.17.
  func run() async throws -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let reading = Task { [post] in
      let input = StandardInput()
      while let bytes = await input.next() { post.yield(.input(bytes)) }
      post.yield(.endOfInput)
    }
    defer { reading.cancel() }
    var frames = FrameReader()
    var session = LanguageSession(repository: repository, resolved: Files.resolved)
    var root: String?
    var isPausing = false
    for await event in events {
      var actions: [LanguageSession.Action]
      switch event {
      case .input(let bytes): actions = session.received(frames.feed(bytes))
      case .endOfInput: actions = session.inputEnded()
      case .found(let found):
        root = found.root
        actions = session.repositoryFound(found.root, found.tree, contents: found.contents, others: found.others)
      case .failed(let reason): actions = session.repositoryFailed(reason)
      case .read(let contents): actions = session.filesRead(contents)
      case .compiled(let compilation, let input): actions = session.compiled(compilation, input)
      case .pauseEnded:
        isPausing = false
        compile(&session, root)
        actions = []
      case .clientDied: actions = session.clientDied()
      }
      for action in actions {
        switch action {
        case .send(let message): await output.write(message.frame)
        case .findRepository(let places): find(places)
        case .read(let paths): read(paths, root)
        case .compile(isUrgent: true): compile(&session, root)
        case .compile(isUrgent: false):
          guard !isPausing else { continue }
          isPausing = true
          Task { [post] in
            try? await Task.sleep(for: Self.pause)
            post.yield(.pauseEnded)
          }
        case .watchClient(let process): watch(process)
        case .exit(let status): return status
        }
      }
    }
    return 1
  }

  private func compile(_ session: inout LanguageSession, _ root: String?) {
    guard let input = session.takeCompile() else { return }
    let now = now ?? Timestamp(unixSeconds: Int64(Date.now.timeIntervalSince1970))
    Task { [post, committed] in
      func compile(reusing earlier: Compilation?, since old: Compilation?) async -> Compilation {
        await Compiler.compile(input.tree, contents: input.contents, now: now, reusing: earlier, old: old)
      }
      func committedDocuments() async -> Compilation? {
        guard let root else { return nil }
        return await committed.compilation(of: root, now: now)
      }
      // Most repositories have no rule that mentions `old`.
      let comparedChanges = input.earlier?.comparesChanges ?? false
      var compilation = await compile(reusing: input.earlier, since: comparedChanges ? committedDocuments() : nil)
      if compilation.comparesChanges, !comparedChanges, let old = await committedDocuments() {
        compilation = await compile(reusing: compilation, since: old)
      }
      post.yield(.compiled(compilation, input))
    }
  }

  /// Ends the session when the editor's process does: another process may keep standard input open.
  private func watch(_ process: Int) {
    // In another PID namespace the editor's id means nothing here.
    guard let process = pid_t(exactly: process), Self.isAlive(process) else { return }
    Task { [post] in
      while Self.isAlive(process) {
        guard (try? await Task.sleep(for: Self.clientInterval)) != nil else { return }
      }
      post.yield(.clientDied)
    }
  }

  private static func isAlive(_ process: pid_t) -> Bool { kill(process, 0) == 0 || errno != ESRCH }

  private func find(_ places: [String]) {
    Task { [post] in
      do {
        post.yield(.found(try await EditorRepository.find(places)))
      } catch {
        post.yield(.failed((error as? GitStoreError)?.description ?? "the repository cannot be read"))
      }
    }
  }

  private func read(_ paths: [String], _ root: String?) {
    Task { [post] in
      post.yield(.read(await EditorRepository.read(paths, root: root)))
    }
  }
}
