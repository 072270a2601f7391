import ArgumentParser

/// Output forms of a command.
protocol ResultForm: ExpressibleByArgument, CaseIterable, Equatable, RawRepresentable<String>, Sendable {
  static var text: Self { get }
  static var json: Self { get }
}
