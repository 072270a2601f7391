import ArgumentParser
import ConfigCompiler
import RepositoryEditing

/// A command that makes one edit of the repository.
protocol EditCommand: AsyncParsableCommand {
  /// The repository, and what to do with the edit.
  var edit: EditOptions { get }

  /// Makes the edit from the compiled repository.
  ///
  /// - Throws: `EditError` or `CommandError` if the edit is refused.
  func change(of base: Compilation) throws -> RepositoryEdit
}

extension EditCommand {
  func run() async throws { try await EditSession.run(edit, change) }
}
