/// Means over steps of equal length; the oldest step goes when a new one begins. Its memory is bounded and taken when used.
struct HistoryRing: Sendable, Equatable {
  /// Seconds of a step.
  let width: Double
  /// Steps that are kept.
  let capacity: Int
  private let columns: Int
  /// Rows of `columns` numbers; NaN where nothing was seen.
  private var rows: [Float] = []
  private var first = 0
  private(set) var count = 0
  /// The number of the newest step, counted from 1970.
  private var newest = 0
  /// Values that the newest step's means were made from.
  private var samples: [UInt16]

  init(width: Double, capacity: Int, columns: Int) {
    self.width = width
    self.capacity = capacity
    self.columns = columns
    samples = Array(repeating: 0, count: columns)
  }

  static func == (left: HistoryRing, right: HistoryRing) -> Bool {
    left.width == right.width && left.newest == right.newest && left.count == right.count
      && (0..<left.columns).allSatisfy { column in
        zip(left.values(column), right.values(column)).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
      }
  }

  /// Adds a value for each column; NaN for none. A clock that was set back takes away what lies in the future now.
  mutating func add(_ values: [Float], at time: Double) {
    let number = Int(clamping: time / width)
    if count == 0 || number - newest >= capacity || newest - number >= count {
      first = 0
      count = 0
      rows.removeAll(keepingCapacity: true)
      begin()
    } else if number > newest {
      for _ in newest..<number { begin() }
    } else if number < newest {
      count -= newest - number
      samples = Array(repeating: 1, count: columns)
    }
    newest = number
    let start = slot(count - 1) * columns
    for column in 0..<min(columns, values.count) where !values[column].isNaN {
      let mean = rows[start + column]
      guard samples[column] > 0, !mean.isNaN else {
        rows[start + column] = values[column]
        samples[column] = 1
        continue
      }
      samples[column] = min(samples[column], .max - 1) + 1
      rows[start + column] = mean + (values[column] - mean) / Float(samples[column])
    }
  }

  /// Seconds since 1970 at which the oldest step begins.
  var start: Double { Double(newest - count + 1) * width }

  /// The means of a column, oldest first.
  func values(_ column: Int) -> [Float] {
    (0..<count).map { rows[slot($0) * columns + column] }
  }

  private func slot(_ index: Int) -> Int { (first + index) % capacity }

  /// Begins a step without values.
  private mutating func begin() {
    if count == capacity {
      first = (first + 1) % capacity
    } else {
      count += 1
    }
    samples = Array(repeating: 0, count: columns)
    let start = slot(count - 1) * columns
    if start == rows.count {
      // In steps, so that a ring that is not full takes little more than it holds.
      if rows.capacity == rows.count { rows.reserveCapacity(min(capacity, count + 47) * columns) }
      rows.append(contentsOf: repeatElement(.nan, count: columns))
    } else {
      for column in 0..<columns { rows[start + column] = .nan }
    }
  }
}
