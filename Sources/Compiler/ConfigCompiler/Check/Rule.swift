import ConfigModel
import Diagnostics

/// A rule about one organization, judged from its folder and the platform.
protocol OrganizationRule: SendableMetatype {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report)
}

/// A rule about what is declared outside the organizations' folders.
protocol PlatformRule: SendableMetatype {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report)
}

/// A rule about several organizations together.
protocol RepositoryRule: SendableMetatype {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report)
}

/// What every rule may look at besides its subject.
struct RuleContext: Sendable {
  let platform: PlatformUnit
  /// The day against which expiry is judged.
  let day: CivilDate

  var spec: PlatformSpec? { platform.platform?.spec }
}

/// What a rule about several organizations may look at besides them.
struct RepositoryContext: Sendable {
  let platform: PlatformUnit
  /// What several claim.
  let table: ClaimTable
  /// Who has it.
  let holdings: Holdings
  /// What was there before; nil where nobody says.
  let base: Compilation?
}

/// Every rule, by what it needs to see. Their order does not matter: diagnostics are sorted by place.
enum Rules {
  static let ofOrganizations: [any OrganizationRule.Type] = [
    RegionReferences.self,
    RoleReferences.self,
    SelectorMatches.self,
    PortInRange.self,
    AllowedRegions.self,
    OrganizationLimitsRule.self,
    InactiveOrganization.self,
    OrganizationIdentityRule.self,
    ActiveKeys.self,
    KeyExpiry.self,
    ReachabilityRule.self,
    PublicKeyStrength.self,
    SealedValues.self,
    ImageDigests.self,
    ProbeTargets.self,
    NameCollisions.self,
    ReservedNames.self,
    OrganizationPortRange.self,
    RequiredLabels.self,
    TokenExpiry.self,
  ]

  static let ofPlatform: [any PlatformRule.Type] = [
    DuplicateRegions.self,
    CustomRoles.self,
    GlobalRoleReferences.self,
    MinimumAdmins.self,
    ActiveMergers.self,
    PlatformRecipient.self,
    GlobalUserLabels.self,
    GlobalTokenExpiry.self,
  ]

  static let ofRepositories: [any RepositoryRule.Type] = [
    KeyReferences.self,
    ContestedClaims.self,
    OverlappingPortRanges.self,
    PathCollisions.self,
    PlatformImageDigest.self,
  ]
}
