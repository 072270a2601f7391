import StatusModel
import Testing

@testable import StatusServer

/// From the target of a request to its resource.
@Suite struct RouteTests {
  @Test func aTargetIsDecodedOnce() throws {
    let target = try #require(RequestTarget("/a%2Fb/c%20d/+?q=x+y%2B&n=%C3%A4&empty&=v"))
    #expect(target.segments == ["a/b", "c d", "+"])
    #expect(target.query.map(\.name) == ["q", "n", "empty", ""])
    #expect(target.query.map(\.value) == ["x y+", "ä", "", "v"])
    #expect(try #require(RequestTarget("/%252e")).segments == ["%2e"])
  }

  @Test(arguments: ["", "a", "*", "/%", "/%4", "/%zz", "/%ff", "/a?q=%C3", "/a?%f"])
  func aTargetThatIsNotEncodedProperlyIsRefused(_ text: String) { #expect(RequestTarget(text) == nil) }

  @Test func aFormKeepsTheFirstOfTwoFields() {
    #expect(RequestTarget.form("token=a+b&token=c&next=%2F") == ["token": "a b", "next": "/"])
    #expect(RequestTarget.form("token=%") == nil)
  }

  @Test func everyResourceIsFoundByItsPath() throws {
    let table = RouteTable(StatusResource.all)
    for resource in StatusResource.all {
      // Values that no literal component has.
      let segments = resource.segments.map { segment in
        switch segment {
        case .literal(let text): text
        case .variable(let name): "value-of-\(name)"
        }
      }
      let found = try #require(table.find(segments), "\(resource.path)")
      #expect(found.resource.name == resource.name)
      #expect(found.variables.count == resource.variables.count)
      for (name, value) in found.variables { #expect(value == "value-of-\(name)") }
      #expect(table.find(segments + ["more"])?.resource.name != resource.name)
    }
  }

  @Test func aVariableIsNeverEmpty() {
    let table = RouteTable(StatusResource.all)
    #expect(table.find(["api", "v1", "orgs", "acme"])?.variables == ["org": "acme"])
    #expect(table.find(["api", "v1", "orgs", ""]) == nil)
    #expect(table.find(["api", "v1", "keys", "", "office"]) == nil)
    #expect(table.find(["api", "v1", "none"]) == nil)
    #expect(table.find([]) == nil)
  }
}
