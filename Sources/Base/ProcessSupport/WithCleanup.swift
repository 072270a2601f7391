/// Runs `work`, and then `close` whether or not it throws.
///
/// - Throws: What `work` throws.
package func withCleanup<Value>(
  isolation: isolated (any Actor)? = #isolation, _ close: () async -> Void, after work: () async throws -> Value
) async throws -> Value {
  let value: Value
  do {
    value = try await work()
  } catch {
    await close()
    throw error
  }
  await close()
  return value
}
