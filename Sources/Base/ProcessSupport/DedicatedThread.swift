import FoundationEssentials
import Glibc
import Synchronization

/// Runs an actor's work on a thread of its own, so that blocking C calls never hold up the cooperative pool.
///
/// `@unchecked` because the queue is shared between threads: every access to `state` holds `mutex`, and `condition` is
/// only waited for with it.
package final class DedicatedThread: SerialExecutor, @unchecked Sendable {
  private struct State {
    var jobs: [UnownedJob] = []
    var isStopping = false
  }

  private var state = State()
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    var thread = pthread_t()
    // The thread keeps the executor alive until `stop`.
    let pointer = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<DedicatedThread>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, pointer)
    // Without a thread there is nothing that could run a job; the kernel refuses one only when memory is gone.
    precondition(status == 0, "no thread can be made")
    pthread_detach(thread)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    pthread_mutex_lock(mutex)
    state.jobs.append(job)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Ends the thread once its queue is empty.
  package func stop() {
    pthread_mutex_lock(mutex)
    state.isStopping = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  private func run() {
    while true {
      pthread_mutex_lock(mutex)
      while state.jobs.isEmpty, !state.isStopping { pthread_cond_wait(condition, mutex) }
      let jobs = state.jobs
      state.jobs = []
      pthread_mutex_unlock(mutex)
      if jobs.isEmpty { return }
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
  }
}
