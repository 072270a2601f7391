import FoundationEssentials
import Glibc
import Synchronization

/// An executor that runs an actor's jobs on a dedicated thread, so that blocking C calls do not block the cooperative
/// pool.
///
/// `@unchecked` because threads share the queue: `state` and `condition` are used only with `mutex` locked.
package final class DedicatedThread: SerialExecutor, @unchecked Sendable {
  private struct State {
    var jobs: [UnownedJob] = []
    var isStopping = false
  }

  private var state = State()
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Starts the thread.
  package init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    var thread = pthread_t()
    // The thread retains the executor until `stop()`.
    let pointer = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<DedicatedThread>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, pointer)
    // Without a thread, no job could ever run; creating one fails only if the system is out of resources.
    precondition(status == 0, "cannot create a thread")
    pthread_detach(thread)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  /// Adds a job to the queue.
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
