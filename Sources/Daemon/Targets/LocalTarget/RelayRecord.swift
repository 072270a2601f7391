import FoundationEssentials
import Glibc
import PrivateFiles
import TextFormats

/// What the next run of this program has to know of a relay's process. The file is outside the relay's folder, where the
/// relay cannot change it.
struct RelayRecord {
  /// Id of the process.
  var process: pid_t
  /// Where it listens, as `RelayLaunch.place`.
  var place: String
  /// Digest of its launch parameters.
  var launch: String
  /// Its program, as `RelayLaunch.program`.
  var program: String
  /// TCP port of its statistics.
  var statisticsPort: Int
  /// Start, in seconds since 1970.
  var startedAt: Double

  init(
    process: pid_t, place: String, launch: String, program: String, statisticsPort: Int, startedAt: Double
  ) {
    self.process = process
    self.place = place
    self.launch = launch
    self.program = program
    self.statisticsPort = statisticsPort
    self.startedAt = startedAt
  }

  /// Reads a record; nil if the file is missing or cannot be used.
  init?(at path: String) {
    guard let data = FileManager.default.contents(atPath: path), let json = try? JSON(parsing: data),
      let process = json["process"]?.int.flatMap(pid_t.init(exactly:)), let place = json["place"]?.text,
      let launch = json["launch"]?.text, let program = json["program"]?.text, let port = json["statisticsPort"]?.int,
      let start = json["startedAt"]?.int
    else { return nil }
    self.init(
      process: process, place: place, launch: launch, program: program, statisticsPort: port,
      startedAt: Double(start) / 1_000)
  }

  /// - Throws: An error if the file cannot be written.
  func write(to path: String) throws {
    let json: JSON = [
      "process": .integer(Int(process)), "place": .string(place), "launch": .string(launch),
      "program": .string(program),
      "statisticsPort": .integer(statisticsPort), "startedAt": .integer(Int(startedAt * 1_000)),
    ]
    try PrivateFile.write(Array(json.text(.compact).utf8), to: path)
  }
}
