import CChildProcess
import Glibc
import Synchronization

/// A process of a relay that was running when it was last seen: a child, or one that an earlier run of this program left.
final class RunningProcess: Sendable {
  /// How a process ended.
  enum End: Sendable {
    /// With the status of wait(2).
    case child(Int32)
    /// Unseen: only a parent learns the status.
    case other
  }

  let id: pid_t
  /// Descriptor of a process that is not a child.
  private let descriptor: Int32?
  private let knownEnd = Mutex<End?>(nil)

  /// A child of this process.
  init(child: pid_t) {
    id = child
    descriptor = nil
  }

  /// Finds the process that offers its sessions to a successor; nil if no process does.
  ///
  /// - Parameters:
  ///   - folder: Folder of the relay.
  ///   - name: Name of the socket in the folder.
  init?(offeringIn folder: String, at name: String) {
    let found = child_listener(folder, name)
    guard found > 0 else { return nil }
    let opened = child_process_descriptor(found)
    guard opened >= 0 else { return nil }
    // If it ended in between, its number may be another process's by now.
    guard child_listener(folder, name) == found else {
      close(opened)
      return nil
    }
    id = found
    descriptor = opened
  }

  deinit { if let descriptor { close(descriptor) } }

  /// How it ended; nil while it runs.
  var end: End? {
    knownEnd.withLock { known in
      guard known == nil else { return known }
      if let descriptor {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&watched, 1, 0) == 1 { known = .other }
      } else {
        var status: Int32 = 0
        if child_poll(id, &status) <= 0 { known = .child(status) }
      }
      return known
    }
  }

  /// Sends a signal if it runs.
  func signal(_ number: Int32) {
    guard end == nil else { return }
    if let descriptor { child_signal(descriptor, number) } else { kill(id, number) }
  }
}
