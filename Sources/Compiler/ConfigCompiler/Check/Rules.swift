import ConfigModel
import Diagnostics

/// A rule about one organization, decided by its folder and the platform alone.
protocol OrganizationRule: SendableMetatype {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report)
}

/// A rule about declarations outside the organizations' folders.
protocol PlatformRule: SendableMetatype {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report)
}

/// A rule about several organizations together.
protocol RepositoryRule: SendableMetatype {
  static func check(_ units: [OrganizationUnit], _ context: RepositoryContext, _ report: inout Report)
}

/// Input of every rule besides its subject.
struct RuleContext: Sendable {
  /// The platform, custom roles and global users.
  let platform: PlatformUnit
  /// The day for which expiry is checked.
  let day: CivilDate

  /// The platform's spec; nil if it could not be decoded.
  var spec: PlatformSpec? { platform.platform?.spec }
}

/// Input of rules about several organizations.
struct RepositoryContext: Sendable {
  /// The platform, custom roles and global users.
  let platform: PlatformUnit
  /// The claims that several documents make.
  let table: ClaimTable
  /// Holders of the contested claims.
  let holdings: Holdings
  /// The compilation that the changes are based on; nil if there is none.
  let base: Compilation?
}

/// All rules, by their input. Their order does not matter, because diagnostics are sorted by position.
enum Rules {
  static let ofOrganizations: [any OrganizationRule.Type] = [
    RegionReferences.self,
    RoleReferences.self,
    SelectorMatches.self,
    OverlappingSubnets.self,
    PortInRange.self,
    AllowedRegions.self,
    OrganizationLimitsRule.self,
    InactiveOrganization.self,
    OrganizationIdentityRule.self,
    ActiveKeys.self,
    KeyExpiry.self,
    ReachabilityRule.self,
    OrganizationReachability.self,
    PublicKeyStrength.self,
    SealedValues.self,
    ImageDigests.self,
    ProbeTargets.self,
    NameCollisions.self,
    ReservedNames.self,
    SingleReplica.self,
    SeveralRegions.self,
    RelayServices.self,
    DNSNames.self,
    OrganizationPortRange.self,
    RequiredLabels.self,
    TokenExpiry.self,
    RuleBreaches.self,
  ]

  static let ofPlatform: [any PlatformRule.Type] = [
    DuplicateRegions.self,
    SharedClusters.self,
    CustomRoles.self,
    GlobalRoleReferences.self,
    MinimumAdmins.self,
    ActiveMergers.self,
    PlatformRecipient.self,
    GlobalUserLabels.self,
    GlobalTokenExpiry.self,
    PlatformSingleReplica.self,
    RegionServices.self,
    RuleDefinitions.self,
    PlatformRuleBreaches.self,
  ]

  static let ofRepositories: [any RepositoryRule.Type] = [
    KeyReferences.self,
    ContestedClaims.self,
    ZoneNames.self,
    OverlappingPortRanges.self,
    PathCollisions.self,
    PlatformImageDigest.self,
  ]
}
