/// A measurement that a relay repeats continuously. Exactly one of `ping` and `traceroute` is set.
package struct Probe: Sendable, Equatable {
  /// Name of the measurement, unique in its relay.
  package var name = ""
  /// Host to ping.
  package var ping: String?
  /// Host to trace the route to.
  package var traceroute: String?

  package init() {}
}
