import AuditLog
import GitStore
import KeyBundles
import KubernetesClient
import NetworkMeasurement
import StatusService
import SyncDaemon
import SyncEngine
import SyncService

extension CommandError {
  /// Failure of a daemon, with the exit code of its kind.
  init(_ error: SyncDaemonError) {
    let reason: Reason =
      switch error.kind {
      case .refused: .refused
      case .usage: .usage
      case .failed: .failed
      }
    self.init(reason, error.description)
  }

  /// Failure of a measurement, with the exit code of its kind.
  init(_ error: NetworkMeasurementError) {
    let reason: Reason =
      switch error.kind {
      case .refused: .refused
      case .usage: .usage
      case .failed: .failed
      }
    self.init(reason, error.description)
  }

  /// Failure of a status server, with the exit code of its kind.
  init(_ error: StatusServiceError) {
    let reason: Reason =
      switch error.kind {
      case .refused: .refused
      case .usage: .usage
      case .failed: .failed
      }
    self.init(reason, error.description)
  }

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
    } catch let error as SyncDaemonError {
      throw CommandError(error)
    } catch let error as NetworkMeasurementError {
      throw CommandError(error)
    } catch let error as StatusServiceError {
      throw CommandError(error)
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
