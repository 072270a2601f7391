import Licenses
import TestSupport
import Testing

@Suite struct LicensedSoftwareTests {
  @Test(arguments: LicensedSoftware.all)
  func everyLicenceHasAText(_ software: LicensedSoftware) {
    #expect(software.text.count > 400, "\(software.name)")
  }

  @Test func ourOwnIsTheApacheLicense() {
    #expect(LicensedSoftware.own.contains("wpex authors") && LicensedSoftware.own.contains("Version 2.0, January 2004"))
  }

  /// A package that is added must be named.
  @Test func everyPackageIsNamed() throws {
    let manifest = String(decoding: try ExternalCommand.read("\(packageRoot)/Package.swift"), as: UTF8.self)
    let packages = manifest.split(separator: "\n").compactMap { line -> String? in
      guard let url = line.firstRange(of: ".package(url: \""), let end = line[url.upperBound...].firstIndex(of: "\"")
      else { return nil }
      return line[url.upperBound..<end].split(separator: "/").last.map { $0.lowercased() }
    }
    #expect(packages.count > 8)
    let names = Set(LicensedSoftware.all.map { $0.name.lowercased() })
    for package in packages { #expect(names.contains(package), "\(package) is not in `wpex licenses`") }
  }
}
