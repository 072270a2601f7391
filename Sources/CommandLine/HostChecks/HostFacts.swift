package import ConfigModel

/// What is known of a host and of what is declared to run on it.
package struct HostFacts: Sendable {
  /// A region that this host serves.
  package struct Region: Sendable {
    package var name: String
    /// Host name or address that peers use.
    package var publicHost: String

    package init(name: String, publicHost: String) {
      self.name = name
      self.publicHost = publicHost
    }
  }

  /// A relay that is declared to run here.
  package struct Relay: Sendable {
    /// `ORG/NAME`; the port's number if only that is known.
    package var name: String
    package var region: String
    /// Host that peers use; nil for that of the region.
    package var host: String?
    /// UDP port for peers.
    package var port: Int
    /// Whether a handshake at its public address was answered; nil if it was not asked.
    package var isAnswered: Bool?

    package init(name: String, region: String, host: String? = nil, port: Int, isAnswered: Bool? = nil) {
      self.name = name
      self.region = region
      self.host = host
      self.port = port
      self.isAnswered = isAnswered
    }
  }

  /// A bound UDP socket.
  package struct Socket: Sendable {
    package var port: Int
    /// Name and id of its process; nil if this user cannot see it.
    package var process: (name: String, id: Int)?

    package init(port: Int, process: (name: String, id: Int)?) {
      self.port = port
      self.process = process
    }
  }

  /// Answer of the resolver for a region's `publicHost`.
  package struct Resolution: Sendable {
    package var host: String
    package var addresses: [IPAddress]
    /// The resolver's own words if it has no address.
    package var error: String?

    package init(host: String, addresses: [IPAddress], error: String? = nil) {
      self.host = host
      self.addresses = addresses
      self.error = error
    }
  }

  /// Certificate of the status pages.
  package struct Certificate: Sendable {
    package var path: String
    /// End of its validity in seconds since 1970; nil if it cannot be used.
    package var end: Double?
    /// Why it cannot be used.
    package var problem: String?

    package init(path: String, end: Double?, problem: String? = nil) {
      self.path = path
      self.end = end
      self.problem = problem
    }
  }

  /// File system of the state.
  package struct Disk: Sendable {
    package var path: String
    /// Free and all bytes.
    package var free: Int
    package var total: Int
    /// Number of files that can still be made; nil if the file system has no limit.
    package var freeFiles: Int?

    package init(path: String, free: Int, total: Int, freeFiles: Int?) {
      self.path = path
      self.free = free
      self.total = total
      self.freeFiles = freeFiles
    }
  }

  package var regions: [Region] = []
  package var relays: [Relay] = []
  package var sockets: [Socket] = []
  /// Kernel settings by their names, such as `net.core.rmem_max`.
  package var kernel: [String: String] = [:]
  /// Interfaces through which peers reach relays in pods of this machine, and whether each passes bursts on as bursts
  /// (`rx-udp-gro-forwarding`). Empty if it has no pods.
  package var uplinks: [(interface: String, forwardsBursts: Bool)] = []
  /// Groups of the user that relays run as.
  package var groups: [Int] = []
  /// Whether the kernel's clock is kept in step with others; nil if it does not say.
  package var isClockSynchronized: Bool?
  /// Number of files that a process may open, and whose limit that is.
  package var openFiles: (limit: Int, of: String)?
  /// Addresses of this machine.
  package var addresses: [IPAddress] = []
  package var resolutions: [Resolution] = []
  package var certificate: Certificate?
  package var disk: Disk?
  /// Version of the kernel's Landlock; 0 if it has none.
  package var landlock = 0
  /// Versions of programs; nil if a program cannot be run.
  package var versions: [(program: String, version: String?)] = []
  /// Seconds since 1970.
  package var now = 0.0

  package init() {}
}
