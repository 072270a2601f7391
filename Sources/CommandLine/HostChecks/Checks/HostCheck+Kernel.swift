import TextFormats

extension HostCheck {
  /// Bytes of socket buffer that a relay asks for.
  static let wantedBuffer = 8_388_608
  /// Seconds between keepalives of peers, as the documents recommend.
  private static let keepalive = 25

  static func buffers(_ facts: HostFacts) -> [HostFinding] {
    let small = ["net.core.rmem_max", "net.core.wmem_max"].compactMap { name -> (String, Int)? in
      guard let value = facts.kernel[name].flatMap({ Int($0) }), value < wantedBuffer else { return nil }
      return (name, value)
    }
    guard !small.isEmpty else {
      return [HostFinding(.buffers, .ok, "sockets may have the buffers that relays ask for")]
    }
    return small.map { name, value in
      HostFinding(
        .buffers, .warning, "`\(name)` is \(value), so a burst of a busy peer can be lost",
        advice: "set it to \(wantedBuffer): see below",
        settings: [HostFinding.Setting(name: name, value: "\(wantedBuffer)")])
    }
  }

  static func bursts(_ facts: HostFacts) -> [HostFinding] {
    facts.uplinks.map { uplink in
      uplink.forwardsBursts
        ? HostFinding(.bursts, .ok, "`\(uplink.interface)` passes bursts on to pods as they are")
        : HostFinding(
          .bursts, .warning,
          "`\(uplink.interface)` takes bursts apart before they reach relays in pods, which costs processor time",
          advice: "ethtool -K \(ShellText.word(uplink.interface)) rx-udp-gro-forwarding on")
    }
  }

  static func ping(_ facts: HostFacts) -> [HostFinding] {
    guard let text = facts.kernel["net.ipv4.ping_group_range"] else { return [] }
    let bounds = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    let isAllowed = bounds.count == 2 && facts.groups.contains { $0 >= bounds[0] && $0 <= bounds[1] }
    guard !isAllowed else { return [HostFinding(.ping, .ok, "relays may ping, for measurements and probes")] }
    return [
      HostFinding(
        .ping, .warning, "relays may not ping, so `wpex diag ping` and declared pings fail",
        advice: "set `net.ipv4.ping_group_range`: see below",
        settings: [HostFinding.Setting(name: "net.ipv4.ping_group_range", value: "0 2147483647")])
    ]
  }

  static func conntrack(_ facts: HostFacts) -> [HostFinding] {
    guard let most = facts.kernel["net.netfilter.nf_conntrack_max"].flatMap({ Int($0) }) else {
      return [HostFinding(.conntrack, .ok, "the kernel tracks no connections")]
    }
    var findings: [HostFinding] = []
    let count = facts.kernel["net.netfilter.nf_conntrack_count"].flatMap { Int($0) } ?? 0
    if count * 5 >= most * 4 {
      findings.append(
        HostFinding(
          .conntrack, .problem,
          "the table of connections has \(count) of \(most) entries, and drops packets when it is full",
          advice: "raise `net.netfilter.nf_conntrack_max`, or do not track the relays' ports: see below",
          settings: [HostFinding.Setting(name: "net.netfilter.nf_conntrack_max", value: "\(most * 4)")]))
    }
    if let seconds = facts.kernel["net.netfilter.nf_conntrack_udp_timeout_stream"].flatMap({ Int($0) }),
      seconds <= keepalive
    {
      findings.append(
        HostFinding(
          .conntrack, .problem,
          "UDP flows are forgotten after \(seconds) s, sooner than peers with a keepalive of \(keepalive) s send",
          advice: "set `net.netfilter.nf_conntrack_udp_timeout_stream` to 120 or more: see below",
          settings: [HostFinding.Setting(name: "net.netfilter.nf_conntrack_udp_timeout_stream", value: "120")]))
    }
    guard findings.isEmpty else { return findings }
    return [
      HostFinding(
        .conntrack, .ok, "the table of connections has \(count) of \(most) entries; every peer takes one",
        advice: "on a host that only relays, do not track the relays' ports: see below")
    ]
  }

  static func clock(_ facts: HostFacts) -> [HostFinding] {
    switch facts.isClockSynchronized {
    case true?: [HostFinding(.clock, .ok, "the clock is synchronized")]
    case false?:
      [
        HostFinding(
          .clock, .warning, "the clock is not synchronized: keys would expire, and records be dated, at wrong times",
          advice: "apt install chrony, or enable systemd-timesyncd")
      ]
    case nil: []
    }
  }

  /// Descriptors that a relay needs with its statistics and some readers.
  private static let wantedFiles = 1_024

  static func files(_ facts: HostFacts) -> [HostFinding] {
    guard let (limit, owner) = facts.openFiles else { return [] }
    guard limit < wantedFiles else { return [HostFinding(.files, .ok, "\(owner) may open \(limit) files")] }
    return [
      HostFinding(
        .files, .warning, "\(owner) may open \(limit) files, which is few",
        advice: "set LimitNOFILE= of the unit, or `ulimit -n`, to 4096 or more")
    ]
  }

  static func confinement(_ facts: HostFacts) -> [HostFinding] {
    switch facts.landlock {
    case 0:
      [
        HostFinding(
          .confinement, .warning,
          "the kernel has no Landlock: a relay that is broken into can read what the user `wpex` can",
          advice: "boot a kernel with Landlock, as that of Debian 12 (`lsm=` on its command line must not leave it out)"
        )
      ]
    case 1..<6:
      [
        HostFinding(
          .confinement, .ok, "each relay reaches its own files only (Landlock \(facts.landlock))")
      ]
    default:
      [
        HostFinding(
          .confinement, .ok,
          "each relay reaches its own files and signals no other process (Landlock \(facts.landlock))")
      ]
    }
  }
}
