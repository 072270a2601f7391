import FoundationEssentials
import StatusServer
import TestSupport
import Testing

struct StatusPagesTests {
  private static let source = URL(filePath: "\(packageRoot)/Sources/Status/DashboardAssets/pages")

  private let pages: StatusPages

  init() throws { pages = try StatusPages() }

  @Test(arguments: [
    "/", "/relays", "/relays/acme/milan-1", "/keys", "/keys/acme/headquarters", "/orgs", "/orgs/acme", "/users",
    "/roles",
    "/topology", "/alerts", "/audit", "/sync", "/account", "/login",
  ])
  func everyPageIsTheDocument(_ path: String) throws {
    let page = try #require(pages.page(at: path))
    #expect(page.contentType == "text/html; charset=utf-8")
    #expect(!page.isImmutable)
  }

  @Test(arguments: [
    "", "/nothing", "/relays/acme", "/relays//x", "/orgs/a/b", "/api/v1/kpi", "/assets/x", "/keys/a/b/c",
  ])
  func noOtherPathIs(_ path: String) { #expect(pages.page(at: path) == nil) }

  /// A file that is written and not taken in would be missed only by the browser.
  @Test func everyFileOfTheFolderIsEmbeddedAsItIs() throws {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: Self.source.path).filter { $0.contains(".") }
    #expect(paths.count > 40)
    for path in paths where path != "index.html" {
      let file = try #require(pages.file(at: pages.folder + path), "\(path) is not in status_pages.c")
      #expect(file.bytes == Array(try Data(contentsOf: Self.source.appending(path: path))), "\(path)")
      #expect(file.isImmutable)
    }
    #expect(
      Set(pages.paths)
        == Set((paths.filter { $0 != "index.html" } + ["vendor/chart.js", "vendor/d3.js"]).map { pages.folder + $0 }))
  }

  @Test func theDocumentLoadsOnlyFilesThatAreThere() throws {
    let text = String(decoding: try #require(pages.page(at: "/")).bytes, as: UTF8.self)
    let addresses = text.split(separator: "\"").filter { $0.hasPrefix("/") && !$0.hasPrefix("/>") }
    #expect(addresses.count > 10)
    for address in addresses { #expect(pages.file(at: String(address)) != nil, "\(address)") }
    #expect(!text.contains("http") && !text.contains("@VERSION@"))
    #expect(!text.contains("style=") && !text.contains("onclick"))
  }
}
