/// Means over steps of equal length, in a ring. A new step replaces the oldest.
///
/// Memory is bounded and is allocated only as steps are added.
struct HistoryRing: Sendable, Equatable {
  /// Length of a step in seconds.
  let width: Double
  /// Number of steps kept.
  let capacity: Int
  private let columns: Int
  /// Rows of `columns` numbers; NaN if nothing was observed.
  private var rows: [Float] = []
  private var first = 0
  private(set) var count = 0
  /// Number of the newest step, counted from 1970.
  private var newest = 0
  /// Number of values in each mean of the newest step.
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

  /// Adds a value for each column; NaN for none.
  ///
  /// If the clock was set back, steps that are now in the future are dropped.
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

  /// Start of the oldest step, in seconds since 1970.
  var start: Double { Double(newest - count + 1) * width }

  /// Returns the means of a column, oldest first.
  func values(_ column: Int) -> [Float] {
    (0..<count).map { rows[slot($0) * columns + column] }
  }

  private func slot(_ index: Int) -> Int { (first + index) % capacity }

  /// Begins an empty step.
  private mutating func begin() {
    if count == capacity {
      first = (first + 1) % capacity
    } else {
      count += 1
    }
    samples = Array(repeating: 0, count: columns)
    let start = slot(count - 1) * columns
    if start == rows.count {
      // Grow in small increments, so that a ring that is not full wastes little memory.
      if rows.capacity == rows.count { rows.reserveCapacity(min(capacity, count + 47) * columns) }
      rows.append(contentsOf: repeatElement(.nan, count: columns))
    } else {
      for column in 0..<columns { rows[start + column] = .nan }
    }
  }
}
