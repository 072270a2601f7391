import CRelaySockets
import Glibc
import KeyBundles

/// Handover of the sockets and state of a running relay to the next process of the same user on this host, over a Unix
/// socket next to the state file.
///
/// Packets that arrive meanwhile wait in the sockets, which stay open throughout.
///
/// Protocol:
///
/// 1. The next process shows that it can read the relay's folder, and receives the sockets.
/// 2. It opens everything else that it needs, and reports that it is ready.
/// 3. The running process pauses and sends its state.
/// 4. The next process restores the state and confirms.
/// 5. The running process lets go and exits.
///
/// If any step fails, the running process continues as before.
enum Handover {
  /// Returns the path of the handover socket for a state file.
  static func path(for state: String) -> String { state + ".handover" }

  /// Greeting of the next process. The secret follows.
  private static let hello = Array("wpex3\n".utf8)
  /// Greeting for a process of an earlier version, which asks for no secret.
  private static let earlierHello = Array("wpex2\n".utf8)

  /// Path of the file with the secret that the next process must know.
  ///
  /// Another relay of the same user, confined to a folder of its own, can connect to the socket: Landlock does not restrict that.
  /// It cannot read this file.
  private static func secretPath(for state: String) -> String { state + ".handover-key" }

  /// Makes a new secret for the next process.
  ///
  /// - Throws: `RelayServerError` if it cannot be written.
  static func makeSecret(for state: String) throws(RelayServerError) -> [UInt8] {
    let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    try Files.replace(secretPath(for: state), with: secret)
    return secret
  }

  /// Returns what the next process says first.
  fileprivate static func greeting(for state: String) -> [UInt8] {
    guard let secret = try? Files.read(secretPath(for: state)) else { return earlierHello }
    return hello + secret
  }

  fileprivate static let descriptorsPerMessage = 64
  /// Timeout for the other side's next step while the relay forwards, and while it is paused.
  fileprivate static let timeoutMilliseconds: Int32 = 10_000
  private static let pauseMilliseconds: Int32 = 5_000
  private static let helloMilliseconds: Int32 = 1_000
  /// Flag in the length of the state: the sender reports when it lets go. Earlier relays exited without a report.
  fileprivate static let letsGo: UInt64 = 1 << 63

  /// Serves handover requests, on a thread of its own, until one succeeds.
  static func serve(
    _ listener: Int32, _ control: ControlLoop, sockets: SocketSet, secret: [UInt8], log: RelayLog
  ) {
    while true {
      let channel = relay_accept(listener)
      guard channel >= 0 else {
        if -channel == EBADF || -channel == EINVAL { return }
        // The process may be out of descriptors, for instance. Whether or not that passes, the relay keeps running.
        if -channel != EINTR, -channel != ECONNABORTED { usleep(200_000) }
        continue
      }
      defer { close(channel) }
      guard relay_peer_user(channel) == Int64(geteuid()) else {
        log.warning(.handoverRefused, ("reason", "another user asked"))
        continue
      }
      // A client that only connects must not change anything.
      _ = relay_set_receive_timeout(channel, helloMilliseconds)
      guard read(channel, hello.count) == hello, let given = read(channel, secret.count) else { continue }
      guard ConstantTime.isEqual(given, secret) else {
        log.warning(.handoverRefused, ("reason", "the process that asks cannot read this relay's folder"))
        continue
      }
      if give(channel, control, sockets) {
        log.info(.handedOver)
        control.ask(.stop(handedOver: true))
        return
      }
      control.ask(.resume)
      log.warning(.handoverFailed, ("effect", "the successor disappeared; the relay continues"))
    }
  }

  private static func give(_ channel: Int32, _ control: ControlLoop, _ sockets: SocketSet) -> Bool {
    _ = relay_set_receive_timeout(channel, timeoutMilliseconds)
    var rest = sockets.descriptors[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(descriptorsPerMessage))
      rest = rest.dropFirst(descriptorsPerMessage)
      guard relay_send_descriptors(channel, part, UInt32(part.count)) == 0 else { return false }
    }
    guard relay_send_descriptors(channel, [], 0) == 0, read(channel, 1) != nil else { return false }
    let answer = Answer()
    control.ask(.handOver { answer.give($0) })
    let snapshot = answer.wait()
    _ = relay_set_receive_timeout(channel, pauseMilliseconds)
    let length = UInt64(snapshot.count) | letsGo
    let header = (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) }
    guard write(channel, header), write(channel, snapshot), read(channel, 1) != nil else { return false }
    return write(channel, [1])
  }

  fileprivate static func read(_ channel: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(channel, $0.baseAddress.map { $0 + filled }, count - filled) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return nil }
      filled += got
    }
    return bytes
  }

  fileprivate static func write(_ channel: Int32, _ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(channel, $0.baseAddress.map { $0 + written }, bytes.count - written, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }
}

/// Sockets and state received from a running relay.
final class Inheritance {
  private let channel: Int32
  /// Descriptors of the received sockets.
  let descriptors: [Int32]
  private var letsGo = false

  /// Asks a running relay, if there is one, for its sockets.
  ///
  /// - Returns: Nil if no relay listens.
  /// - Throws: `RelayServerError` if one listens but does not hand over.
  init?(of state: String) throws(RelayServerError) {
    let channel = relay_unix_connect(Handover.path(for: state))
    guard channel >= 0 else {
      if [ENOENT, ECONNREFUSED, ENAMETOOLONG].contains(-channel) { return nil }
      throw RelayServerError(.system, "cannot ask the running relay of \(state): \(Files.reason(-channel))")
    }
    _ = relay_set_receive_timeout(channel, Handover.timeoutMilliseconds)
    var descriptors: [Int32] = []
    var isComplete = false
    if Handover.write(channel, Handover.greeting(for: state)) {
      while !isComplete {
        var received = [Int32](repeating: -1, count: Handover.descriptorsPerMessage)
        let count = relay_receive_descriptors(channel, &received, UInt32(Handover.descriptorsPerMessage))
        guard count >= 0 else { break }
        isComplete = count == 0
        descriptors += received.prefix(Int(count))
      }
    }
    guard isComplete else {
      descriptors.forEach { close($0) }
      close(channel)
      throw RelayServerError(.system, "the running relay of \(state) does not hand over; it continues")
    }
    self.channel = channel
    self.descriptors = descriptors
  }

  deinit { close(channel) }

  /// Makes the running relay pause, and returns its state.
  ///
  /// Nothing is forwarded from here until this process takes over.
  ///
  /// - Throws: `RelayServerError` if the running relay breaks off.
  func takeSnapshot() throws(RelayServerError) -> [UInt8] {
    guard Handover.write(channel, [1]), let header = Handover.read(channel, 8) else { throw Self.brokenOff }
    let length = header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    letsGo = length & Handover.letsGo != 0
    guard let count = Int(exactly: length & ~Handover.letsGo), count <= 1 << 30,
      let snapshot = Handover.read(channel, count)
    else { throw Self.brokenOff }
    return snapshot
  }

  /// Reports that this process has taken over, and waits until the other has let go.
  ///
  /// - Throws: `RelayServerError` if the other process continues instead because this took too long.
  func confirm() throws(RelayServerError) {
    guard Handover.write(channel, [1]), !letsGo || Handover.read(channel, 1) != nil else { throw Self.brokenOff }
  }

  private static var brokenOff: RelayServerError {
    RelayServerError(.system, "the running relay aborted the handover; it continues")
  }
}

/// A value that one thread waits for and another provides.
///
/// `@unchecked Sendable`: the semaphore orders the write before the read.
final class Answer: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>
  private var bytes: [UInt8] = []

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// Provides the value.
  func give(_ bytes: [UInt8]) {
    self.bytes = bytes
    sem_post(semaphore)
  }

  /// Waits for the value.
  func wait() -> [UInt8] {
    while sem_wait(semaphore) != 0 {}
    return bytes
  }
}
