extension Sequence where Element: Sendable {
  /// Returns the results of `body` for every element, in the order of completion.
  ///
  /// After the first failure no other call begins, and those that run are cancelled.
  ///
  /// - Parameter limit: the largest number of calls that run concurrently; at least one does.
  /// - Throws: The first error of `body`.
  package func concurrentResults<Value: Sendable, Failure: Error>(
    atMost limit: Int, _ body: @escaping @Sendable (Element) async throws(Failure) -> Value
  ) async throws(Failure) -> [Value] {
    let outcome = await withTaskGroup(of: Result<Value, Failure>.self) { group in
      var waiting = makeIterator()
      func startNext() {
        guard let element = waiting.next() else { return }
        group.addTask {
          do throws(Failure) {
            return .success(try await body(element))
          } catch {
            return .failure(error)
          }
        }
      }
      for _ in 0..<Swift.max(1, limit) { startNext() }
      var values: [Value] = []
      while let result = await group.next() {
        switch result {
        case .success(let value):
          values.append(value)
          startNext()
        case .failure(let error):
          group.cancelAll()
          return Result<[Value], Failure>.failure(error)
        }
      }
      return .success(values)
    }
    return try outcome.get()
  }
}
