import TextFormats

extension HostCheck {
  private static let day = 86_400.0
  /// Days before its end at which a certificate should have been renewed: certbot renews 30 days before.
  private static let renewalDays = 14.0

  static func certificate(_ facts: HostFacts) -> [HostFinding] {
    guard let certificate = facts.certificate else { return [] }
    guard let end = certificate.end else {
      return [
        HostFinding(
          .certificate, .problem, "`\(certificate.path)` cannot be used: \(certificate.problem ?? "it has no end")",
          advice: "give a certificate with its chain, and its key, in PEM")
      ]
    }
    let days = ((end - facts.now) / day).rounded(.down)
    let renew = "renew it, for example with `certbot renew`; wpex reads the files again by itself"
    if days < 0 {
      return [HostFinding(.certificate, .problem, "`\(certificate.path)` has ended", advice: renew)]
    }
    guard days >= renewalDays else {
      return [
        HostFinding(
          .certificate, .warning, "`\(certificate.path)` ends in \(counted(Int(days), "day"))", advice: renew)
      ]
    }
    return [HostFinding(.certificate, .ok, "`\(certificate.path)` is valid for \(counted(Int(days), "day"))")]
  }

  static func disk(_ facts: HostFacts) -> [HostFinding] {
    guard let disk = facts.disk else { return [] }
    let free = "\(disk.free / 1_000_000) MB"
    let advice = "free some space: without it, nothing is recorded, and so nothing is applied"
    if disk.free < 100_000_000 || (disk.freeFiles ?? .max) < 1_000 {
      let what = disk.free < 100_000_000 ? "\(free) free" : "room for \(disk.freeFiles ?? 0) files"
      return [HostFinding(.disk, .problem, "`\(disk.path)` has \(what)", advice: advice)]
    }
    guard disk.free >= 1_000_000_000, disk.total < 1 || Double(disk.free) / Double(disk.total) >= 0.05 else {
      return [HostFinding(.disk, .warning, "`\(disk.path)` has \(free) free", advice: advice)]
    }
    return [HostFinding(.disk, .ok, "`\(disk.path)` has \(free) free")]
  }

  static func versions(_ facts: HostFacts) -> [HostFinding] {
    var findings: [HostFinding] = []
    for (program, version) in facts.versions where version == nil {
      findings.append(
        HostFinding(
          .versions, .problem, "`\(program)` cannot be run",
          advice: program == "git" ? "apt install git" : "install its package"))
    }
    let own = facts.versions.filter { $0.program.hasPrefix("wpex") }.compactMap { pair in
      pair.version.map { (pair.program, $0) }
    }
    let text = own.map { "\($0) \($1)" }.joined(separator: ", ")
    if Set(own.map(\.1)).count > 1 {
      findings.append(
        HostFinding(
          .versions, .warning, "the programs have different versions: \(text)",
          advice: "upgrade both packages; they work together meanwhile"))
    } else if !own.isEmpty {
      findings.append(HostFinding(.versions, .ok, text))
    }
    return findings
  }
}
