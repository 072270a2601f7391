import CRelaySockets
import Glibc

/// Gives the sockets and the state of a running relay to the next process of the same user on this host, over a Unix
/// socket beside the state file. Packets that come meanwhile wait in the sockets, which stay open all the time.
enum Handover {
  static func path(for state: String) -> String { state + ".handover" }

  /// What the earlier process gave.
  struct Inheritance {
    let descriptors: [Int32]
    let snapshot: [UInt8]
  }

  private static let descriptorsPerMessage = 64
  private static let patienceMilliseconds: Int32 = 5_000

  /// Asks a running relay, if there is one.
  ///
  /// - Returns: Nil where nobody listens.
  static func take(from state: String) -> Inheritance? {
    let channel = relay_unix_connect(path(for: state))
    guard channel >= 0 else { return nil }
    defer { close(channel) }
    _ = relay_set_receive_timeout(channel, patienceMilliseconds)
    var descriptors: [Int32] = []
    while true {
      var received = [Int32](repeating: -1, count: descriptorsPerMessage)
      let count = relay_receive_descriptors(channel, &received, UInt32(descriptorsPerMessage))
      guard count >= 0 else {
        descriptors.forEach { close($0) }
        return nil
      }
      if count == 0 { break }
      descriptors += received.prefix(Int(count))
    }
    guard let header = read(channel, 8) else {
      descriptors.forEach { close($0) }
      return nil
    }
    let length = header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 1 << 30, let snapshot = read(channel, Int(length)) else {
      descriptors.forEach { close($0) }
      return nil
    }
    var taken: UInt8 = 1
    _ = Glibc.write(channel, &taken, 1)
    return Inheritance(descriptors: descriptors, snapshot: snapshot)
  }

  /// Answers the next process. Runs on a thread of its own until that has happened.
  static func serve(_ listener: Int32, _ control: ControlLoop, sockets: SocketSet, log: RelayLog) {
    while true {
      let channel = relay_accept(listener)
      guard channel >= 0 else {
        if -channel == EINTR || -channel == ECONNABORTED { continue }
        return
      }
      defer { close(channel) }
      guard relay_peer_user(channel) == Int64(geteuid()) else {
        log.warning(.handoverRefused, ("reason", "another user asked"))
        continue
      }
      _ = relay_set_receive_timeout(channel, patienceMilliseconds)
      if give(channel, control, sockets) {
        log.info(.handedOver)
        control.ask(.stop)
        return
      }
      // The workers have stopped and the next process is gone: only a restart by the supervisor helps.
      log.error(.handoverFailed, ("effect", "the relay stops; its state is saved for the next start"))
      control.ask(.resume)
      control.ask(.stop)
      return
    }
  }

  private static func give(_ channel: Int32, _ control: ControlLoop, _ sockets: SocketSet) -> Bool {
    var rest = sockets.descriptors[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(descriptorsPerMessage))
      rest = rest.dropFirst(descriptorsPerMessage)
      guard relay_send_descriptors(channel, part, UInt32(part.count)) == 0 else { return false }
    }
    guard relay_send_descriptors(channel, [], 0) == 0 else { return false }
    let answer = Answer()
    control.ask(.handOver { answer.give($0) })
    let snapshot = answer.wait()
    let length = UInt64(snapshot.count)
    let header = (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) }
    guard write(channel, header), write(channel, snapshot) else { return false }
    return read(channel, 1) != nil
  }

  private static func read(_ channel: Int32, _ count: Int) -> [UInt8]? {
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

  private static func write(_ channel: Int32, _ bytes: [UInt8]) -> Bool {
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

/// Lets one thread wait for another's answer.
///
/// `@unchecked Sendable`: the semaphore orders the write before the read.
private final class Answer: @unchecked Sendable {
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

  func give(_ bytes: [UInt8]) {
    self.bytes = bytes
    sem_post(semaphore)
  }

  func wait() -> [UInt8] {
    while sem_wait(semaphore) != 0 {}
    return bytes
  }
}
