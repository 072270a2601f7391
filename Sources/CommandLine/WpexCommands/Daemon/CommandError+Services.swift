import AuditLog
import GitStore
import KeyBundles
import KubernetesClient
import SyncEngine
import SyncService

extension CommandError {
  /// Runs `body`, and turns the errors of servers and daemons into failures with the exit codes of the command line.
  static func mappingErrors<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as GitStoreError {
      throw CommandError(.failed, error.description)
    } catch let error as StateFolder.Refused {
      throw CommandError(.failed, error.description)
    } catch let error as TargetError {
      throw CommandError(.failed, error.description)
    } catch let error as AuditError {
      throw CommandError(error.kind == .invalid ? .refused : .failed, error.description)
    } catch let error as KubernetesClientError {
      throw CommandError(error.kind == .invalid ? .refused : .failed, error.description)
    } catch let error as KeyBundleError {
      throw CommandError(.refused, error.description)
    }
  }
}
