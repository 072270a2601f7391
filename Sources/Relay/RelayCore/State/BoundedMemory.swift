/// A dictionary that forgets the oldest entries when it is full.
struct BoundedMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private var values: [Key: Value] = [:]
  /// The keys in the order of their coming, around a ring.
  private var order: [Key] = []
  private var next = 0
  private let capacity: Int

  init(capacity: Int) { self.capacity = max(1, capacity) }

  var count: Int { values.count }

  subscript(key: Key) -> Value? { values[key] }

  /// Remembers `value`; a key that is there already keeps its place in the order.
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
