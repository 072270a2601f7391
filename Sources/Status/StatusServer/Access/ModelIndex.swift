import StatusModel
import Synchronization

/// An index of the applied commit's model, built once per model.
final class ModelIndex<Value: Sendable>: Sendable {
  private struct State: Sendable {
    weak var model: DeclaredModel?
    var value: Value
  }

  private let state: Mutex<State>
  private let make: @Sendable (StatusSnapshot) -> Value

  /// Creates an index.
  ///
  /// - Parameters:
  ///   - empty: value before any commit is applied.
  ///   - make: builds the value from a snapshot.
  init(_ empty: Value, make: @escaping @Sendable (StatusSnapshot) -> Value) {
    state = Mutex(State(value: empty))
    self.make = make
  }

  /// Returns the value for a snapshot, building it if the model has changed.
  func value(for snapshot: StatusSnapshot) -> Value {
    state.withLock { state in
      if state.model == nil || state.model !== snapshot.model {
        state.value = make(snapshot)
        state.model = snapshot.model
      }
      return state.value
    }
  }
}
