import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

@testable import StatusAuthentication

@Suite struct IdentityDirectoryTests {
  private let identity = Identity(issuer: "https://id.example.net", subject: "1001")

  private func user(_ name: String, _ status: String, subject: String = "1001") -> String {
    """
    apiVersion: wpex.io/v1alpha1
    kind: User
    metadata:
      name: \(name)
    spec:
      displayName: Somebody
      email: somebody@example.org
      status: \(status)
      roles: [viewer]
      identities:
        oidc:
          - issuer: https://id.example.net
            subject: "\(subject)"

    """
  }

  private func organization(_ name: String, _ status: String) -> String {
    """
    apiVersion: wpex.io/v1alpha1
    kind: Organization
    metadata:
      name: \(name)
    spec:
      displayName: Somebody
      status: \(status)
      allowedRegions: [eu-north]
      portRange: 30900-30909

    """
  }

  private func find(_ files: [String: String]) async -> UserID? {
    var repository = MemoryRepository(Example([]))
    for (path, text) in files { repository.set(path, text) }
    return IdentityDirectory(await repository.compile()).user(identity)
  }

  /// What a stranger, a disabled user or a neighbour may have put into the repository beside the one who has the identity.
  @Test(
    arguments: [
      ["orgs/acme/users/zed.yaml": ("pending", "zed")], ["users/aaa.yaml": ("pending", "aaa")],
      ["orgs/globex/users/zed.yaml": ("disabled", "zed")], ["users/zed.yaml": ("disabled", "zed")],
      ["orgs/acme/users/a.yaml": ("pending", "a"), "orgs/globex/users/z.yaml": ("pending", "z")],
    ] as [[String: (String, String)]])
  func whoIsNotActiveStandsBeforeNobody(_ others: [String: (String, String)]) async {
    var files = others.mapValues { user($0.1, $0.0) }
    files["orgs/acme/users/anna.yaml"] = user("anna", "active")
    #expect(await find(files) == UserID(org: "acme", name: "anna"))
  }

  @Test(arguments: ["pending", "disabled"]) func nobodyOfAnotherOrganizationStandsBefore(_ status: String) async {
    #expect(
      await find([
        "orgs/zzz/organization.yaml": organization("zzz", status), "orgs/zzz/users/zed.yaml": user("zed", "active"),
        "users/anna.yaml": user("anna", "active"),
      ]) == UserID(org: nil, name: "anna"))
  }

  @Test func whoIsPendingIsNobody() async {
    #expect(await find(["orgs/acme/users/zed.yaml": user("zed", "pending")]) == nil)
    #expect(
      await find([
        "orgs/zzz/organization.yaml": organization("zzz", "pending"), "orgs/zzz/users/zed.yaml": user("zed", "active"),
      ]) == nil)
  }

  /// A user who left is refused by name.
  @Test func whoIsDisabledIsKnown() async {
    #expect(await find(["orgs/acme/users/anna.yaml": user("anna", "disabled")]) == UserID(org: "acme", name: "anna"))
    #expect(
      await find([
        "orgs/acme/users/anna.yaml": user("anna", "disabled"), "orgs/acme/users/zed.yaml": user("zed", "pending"),
      ]) == UserID(org: "acme", name: "anna"))
  }
}
