import ArgumentParser
import Diagnostics
import FoundationEssentials
import TextFormats
import YAMLSyntax

struct Parse: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Parse one file many times; the median counts.")

  @Argument(help: "A YAML file.") var file: String
  @Option(help: "Parses.") var repetitions = 1_001

  func run() throws {
    guard let data = FileManager.default.contents(atPath: file) else { throw ValidationError("\(file) cannot be read") }
    let source = SourceFile(path: file, bytes: Array(data))
    let clock = ContinuousClock()
    var documents = 0
    let times = (0..<max(1, repetitions)).map { _ in
      clock.measure { documents += YAMLParser.parse(source).documents.count }
    }
    guard documents > 0 else { throw ValidationError("\(file) has no document") }
    let result: JSON = ["parse": .number(times.sorted()[times.count / 2] / .seconds(1))]
    print(result.text())
  }
}
