import StatusModel
import Synchronization

/// Something that is looked up in the applied commit's model, made once for each model.
final class ModelIndex<Value: Sendable>: Sendable {
  private struct State: Sendable {
    weak var model: DeclaredModel?
    var value: Value
  }

  private let state: Mutex<State>
  private let make: @Sendable (StatusSnapshot) -> Value

  /// - Parameter empty: what there is before any commit is applied.
  init(_ empty: Value, make: @escaping @Sendable (StatusSnapshot) -> Value) {
    state = Mutex(State(value: empty))
    self.make = make
  }

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
