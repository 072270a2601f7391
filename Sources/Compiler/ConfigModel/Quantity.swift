/// A Kubernetes resource quantity, such as `250m` or `64Mi`.
package struct Quantity: Sendable, Comparable {
  /// The amount in cores or in bytes.
  private let value: Double

  /// Parses a decimal number with an optional suffix, one of `m k M G T Ki Mi Gi Ti`; nil for anything else.
  package init?(_ text: String) {
    let number = text.utf8.prefix { ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ".") }
    guard let amount = Double(Substring(number)) else { return nil }
    switch text.dropFirst(number.count) {
    case "": value = amount
    // Divided rather than multiplied by 1e-3, so that `100m` equals `0.1` exactly.
    case "m": value = amount / 1_000
    case "k": value = amount * 1e3
    case "M": value = amount * 1e6
    case "G": value = amount * 1e9
    case "T": value = amount * 1e12
    case "Ki": value = amount * 1_024
    case "Mi": value = amount * 1_048_576
    case "Gi": value = amount * 1_073_741_824
    case "Ti": value = amount * 1_099_511_627_776
    default: return nil
    }
  }

  package static func < (left: Quantity, right: Quantity) -> Bool { left.value < right.value }
}

extension ResourceRequirements {
  /// The container's requests, with defaults for those that are not set.
  package var effectiveRequests: (cpu: String, memory: String) { (requests.cpu ?? "50m", requests.memory ?? "32Mi") }

  /// The container's limits, with the default for memory; a nil limit means unlimited.
  package var effectiveLimits: (cpu: String?, memory: String) { (limits.cpu, limits.memory ?? "128Mi") }

  /// Returns whether some request or limit is greater than that of all `others`, and greater than `most`.
  package func exceeds(_ others: [ResourceRequirements], most: ResourceAmounts) -> Bool {
    func isMore(_ amount: (ResourceRequirements) -> String?, _ most: String?) -> Bool {
      let bounds = others.map(amount)
      // Unlimited exceeds any limit.
      guard let mine = amount(self) else { return !bounds.contains(nil) }
      guard !bounds.contains(nil) else { return false }
      guard let quantity = Quantity(mine) else { return true }
      return (bounds + [most]).compactMap { $0.flatMap(Quantity.init) }.allSatisfy { quantity > $0 }
    }
    return isMore(\.effectiveRequests.cpu, most.cpu) || isMore(\.effectiveRequests.memory, most.memory)
      || isMore(\.effectiveLimits.cpu, most.cpu) || isMore(\.effectiveLimits.memory, most.memory)
  }
}
