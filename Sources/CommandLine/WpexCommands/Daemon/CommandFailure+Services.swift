import AuditLog
import GitStore
import KeyBundles
import KubernetesClient
import SyncEngine
import SyncService

extension CommandFailure {
  /// Does what servers and daemons do, and gives their failures the exit code that they have on the command line.
  static func ofServices<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as GitStoreError {
      throw CommandFailure(.failed, error.description)
    } catch let error as StateFolder.Refused {
      throw CommandFailure(.failed, error.description)
    } catch let error as TargetFailure {
      throw CommandFailure(.failed, error.description)
    } catch let error as AuditFailure {
      throw CommandFailure(error.kind == .invalid ? .refused : .failed, error.description)
    } catch let error as KubernetesFailure {
      throw CommandFailure(error.kind == .invalid ? .refused : .failed, error.description)
    } catch let error as KeyBundleError {
      throw CommandFailure(.refused, error.description)
    }
  }
}
