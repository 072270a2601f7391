package import RelayWire

extension HandshakeCount {
  /// Handshakes that began within the period, or that ended in it after beginning before it.
  package var attempts: UInt64 { max(initiated, completed) }

  /// Share of attempts that led to a session, 0 to 1; nil if there were none.
  package var success: Double? { attempts == 0 ? nil : Double(completed) / Double(attempts) }

  /// Share of attempts that led to a session, by Laplace's rule of succession, so that a single failure or success
  /// weighs little.
  package var smoothedSuccess: Double { (Double(completed) + 1) / (Double(attempts) + 2) }

  package static func + (left: HandshakeCount, right: HandshakeCount) -> HandshakeCount {
    HandshakeCount(
      initiated: left.initiated.saturatingSum(right.initiated), completed: left.completed.saturatingSum(right.completed)
    )
  }
}

extension UInt64 {
  /// Returns the sum, clamped to the range of `UInt64`: counters reported from outside may have any value.
  package func saturatingSum(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
