import ArgumentParser
import Licenses
import TextFormats

/// `wpex licenses`.
struct LicensesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "licenses",
    abstract: "Print the licences of wpex and of everything that is compiled into it or linked.",
    discussion: """
      EXAMPLES
        wpex licenses              a list, with SPDX names
        wpex licenses --texts      the same with all texts
        wpex licenses d3           one text
        wpex licenses --json
      """)

  @Argument(
    help: ArgumentHelp("The software whose licence is printed; wpex is one.", valueName: "name"),
    completion: .list(["wpex"] + LicensedSoftware.all.map(\.name)))
  var name: String?

  @Flag(help: "Print the text of each licence.")
  var texts = false

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  func run() throws {
    if let name { return try result.show(try text(of: name)) }
    switch result.form {
    case .json: try result.write(JSON.array(LicensedSoftware.all.map(json)).text(.indented))
    case .text: try result.show(texts ? allTexts : table.text)
    }
  }

  private func text(of name: String) throws -> String {
    if name.lowercased() == "wpex" { return LicensedSoftware.own }
    guard let software = LicensedSoftware.all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
      throw CommandError(.usage, "wpex contains nothing called `\(name)`: `wpex licenses` lists what it contains")
    }
    return software.text
  }

  private var table: TextTable {
    var table = TextTable(["SOFTWARE", "LICENCE", "USE", "COPYRIGHT"])
    table.add(["wpex", "Apache-2.0", "", "2026 the wpex authors"])
    for software in LicensedSoftware.all {
      table.add([software.name, software.license, software.use.rawValue, software.copyright])
    }
    return table
  }

  /// Each text once, below the names of the software that it covers.
  private var allTexts: String {
    var names: [String: [String]] = [:]
    var order: [String] = []
    for software in LicensedSoftware.all {
      if names[software.text] == nil { order.append(software.text) }
      names[software.text, default: []].append(software.name)
    }
    let rule = String(repeating: "-", count: 78)
    return
      ([LicensedSoftware.own] + order.map { "\(names[$0, default: []].joined(separator: ", "))\n\n\($0)" })
      .joined(separator: "\n\(rule)\n")
  }

  private func json(_ software: LicensedSoftware) -> JSON {
    var members: JSON.Members = [
      "name": .string(software.name), "license": .string(software.license),
      "copyright": .string(software.copyright), "use": .string(software.use.rawValue),
    ]
    if let package = software.debianPackage { members["package"] = .string(package) }
    if texts { members["text"] = .string(software.text) }
    return .object(members)
  }
}
