/// A dictionary that drops its oldest entry when it is full.
struct BoundedMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private var values: [Key: Value] = [:]
  /// Keys in order of arrival, as a ring.
  private var order: [Key] = []
  private var next = 0
  private let capacity: Int

  init(capacity: Int) { self.capacity = max(1, capacity) }

  var count: Int { values.count }

  subscript(key: Key) -> Value? { values[key] }

  /// Stores `value`; an existing key keeps its position in the order.
  mutating func remember(_ key: Key, _ value: Value) {
    guard values.updateValue(value, forKey: key) == nil else { return }
    if order.count < capacity {
      order.append(key)
    } else {
      values[order[next]] = nil
      order[next] = key
      next = (next + 1) % capacity
    }
  }
}
