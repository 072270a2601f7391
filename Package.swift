// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled alike: Swift 6 mode, explicit existentials and import levels, no warnings.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A folder of Sources and Tests/Unit. A target depends only on targets of its own domain and of those declared before it.
struct Domain {
  let name: String

  func module(
    _ module: String, in folder: String? = nil, _ dependencies: [Target.Dependency] = [],
    extra settings: [SwiftSetting] = []
  ) -> Target {
    .target(
      name: module, dependencies: dependencies, path: path(module, in: folder), swiftSettings: strict + settings)
  }

  func cModule(
    _ module: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], flags: [String] = []
  ) -> Target {
    .target(
      name: module, dependencies: dependencies, path: path(module), exclude: exclude,
      cSettings: flags.isEmpty ? nil : [.unsafeFlags(flags)])
  }

  func system(_ module: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: module, path: path(module, in: "System"), pkgConfig: pkgConfig, providers: [.apt([apt])])
  }

  func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path(name), swiftSettings: strict)
  }

  func tests(
    _ module: String, _ dependencies: [Target.Dependency] = [], golden: Bool = false
  ) -> Target {
    .testTarget(
      name: "\(module)Tests", dependencies: [.target(name: module), "TestSupport"] + dependencies,
      path: "Tests/Unit/\(name)/\(module)Tests", exclude: golden ? ["Golden"] : [], swiftSettings: strict)
  }

  private func path(_ module: String, in folder: String? = nil) -> String {
    "Sources/\(name)/" + (folder.map { "\($0)/" } ?? "") + module
  }
}

let base = Domain(name: "Base")
let compiler = Domain(name: "Compiler")
let review = Domain(name: "Review")
let editing = Domain(name: "Editing")
let relay = Domain(name: "Relay")
let daemon = Domain(name: "Daemon")
let status = Domain(name: "Status")
let commandLine = Domain(name: "CommandLine")

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
  name: "wpex",
  products: [
    .executable(name: "wpex", targets: ["wpex"]),
    .executable(name: "wpex-relay", targets: ["wpex-relay"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // MARK: Base: nothing of wpex
    base.system("CLibYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    base.system("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
    base.system("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
    base.system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    base.system("CLibgit2", pkgConfig: "libgit2", apt: "libgit2-dev"),

    base.cModule("CBuildCommit"),
    base.module("TextFormats", ["CBuildCommit"]),
    base.tests("TextFormats"),

    base.module("FairShares"),
    base.tests("FairShares"),

    base.module("ConnectionGuards", ["FairShares", httpTypes, nioCore, nioHTTP1, nioHTTPTypes]),

    base.cModule("CChildProcess"),
    base.module("ProcessSupport", [unixSignals]),
    base.tests("ProcessSupport"),

    base.module("PrivateFiles"),
    base.tests("PrivateFiles"),

    base.module("FileAccess", ["PrivateFiles"]),
    base.tests("FileAccess"),

    base.module("PostgresClient", ["CLibPQ", "ProcessSupport"]),

    base.module("GitStore", ["CChildProcess", "CLibgit2", "PrivateFiles", "ProcessSupport"]),
    base.tests("GitStore"),

    // MARK: Compiler: from YAML to diagnostics, manifests and bundles
    compiler.module("Diagnostics", ["TextFormats"]),
    compiler.tests("Diagnostics", ["TextFormats"], golden: true),

    compiler.module("YAMLSyntax", ["CLibYAML", "Diagnostics", "TextFormats"]),
    compiler.tests("YAMLSyntax", ["Diagnostics", "TextFormats"]),

    compiler.module("ConfigModel", ["TextFormats"]),

    compiler.module("ProbePolicy"),
    compiler.tests("ProbePolicy"),

    compiler.module("ConfigSchema", ["ConfigModel", "Diagnostics", "TextFormats", "YAMLSyntax"]),
    compiler.tests("ConfigSchema", ["ConfigModel", "Diagnostics", "TextFormats", "YAMLSyntax"], golden: true),

    compiler.module("RuleLanguage", ["ConfigModel", "ConfigSchema", "Diagnostics", "TextFormats", "YAMLSyntax"]),
    compiler.tests("RuleLanguage", ["ConfigModel", "ConfigSchema", "Diagnostics", "TextFormats", "YAMLSyntax"]),

    compiler.module("KubernetesModel", ["TextFormats"]),
    compiler.tests("KubernetesModel", ["TextFormats"], golden: true),

    compiler.module("KeyBundles", ["COpenSSL", "TextFormats"]),
    compiler.tests("KeyBundles", ["TextFormats"]),

    compiler.module(
      "ConfigCompiler",
      [
        "ConfigModel", "ConfigSchema", "Diagnostics", "KeyBundles", "KubernetesModel", "ProbePolicy", "RuleLanguage",
        "TextFormats", "YAMLSyntax",
      ]),
    compiler.tests(
      "ConfigCompiler",
      [
        "ConfigModel", "ConfigSchema", "Diagnostics", "GitStore", "KeyBundles", "KubernetesModel",
        "RepositorySupport", "RuleLanguage", "TextFormats", "YAMLSyntax",
      ], golden: true),

    // MARK: Review: what a change does, and who may make it
    review.module("CommitSignatures", ["COpenSSL", "KeyBundles", "TextFormats"]),
    review.tests("CommitSignatures"),

    review.module(
      "ChangeSet", ["ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "TextFormats", "YAMLSyntax"]),
    review.tests(
      "ChangeSet",
      [
        "ConfigCompiler", "ConfigModel", "Diagnostics", "GitStore", "RepositorySupport", "SyncService", "TextFormats",
      ]),

    review.module("DeploymentPlanning", ["ConfigCompiler", "ConfigModel", "KeyBundles", "KubernetesModel"]),
    review.tests("DeploymentPlanning", ["ConfigCompiler", "ConfigModel", "KubernetesModel"]),

    review.module(
      "ChangePlan",
      [
        "ChangeSet", "ConfigCompiler", "ConfigModel", "ConfigSchema", "DeploymentPlanning", "Diagnostics",
        "KeyBundles", "KubernetesModel", "TextFormats",
      ]),
    review.tests(
      "ChangePlan",
      [
        "ChangeSet", "ConfigCompiler", "ConfigModel", "DeploymentPlanning", "Diagnostics", "GitStore", "KeyBundles",
        "KubernetesModel", "RepositorySupport", "TextFormats",
      ], golden: true),

    review.module(
      "Authority", ["ChangeSet", "CommitSignatures", "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics"]),
    review.tests(
      "Authority",
      [
        "ChangeSet", "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "GitStore", "RepositorySupport",
        "SyncService",
      ], golden: true),

    // MARK: Editing: commands, editors and imports that write documents
    // C23 has #embed.
    editing.cModule("CRepositoryTemplates", flags: ["-std=c2x"]),
    editing.module(
      "RepositoryEditing",
      [
        "CRepositoryTemplates", "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "TextFormats",
        "YAMLSyntax",
      ]),
    editing.tests(
      "RepositoryEditing",
      ["ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "GitStore", "TextFormats", "YAMLSyntax"]),

    editing.module(
      "LanguageServer",
      [
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "RepositoryEditing", "RuleLanguage",
        "TextFormats",
        "YAMLSyntax",
      ]),
    editing.tests(
      "LanguageServer",
      ["ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "TextFormats", "YAMLSyntax"]),

    editing.module(
      "LegacyImport",
      [
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "KeyBundles", "PostgresClient", "TextFormats",
      ]),
    editing.tests("LegacyImport", ["ConfigModel", "Diagnostics", "KeyBundles", "TextFormats"]),

    // MARK: Relay: the data plane
    relay.cModule("CRelayCore", flags: ["-O2"]),
    relay.module(
      "RelayCore", ["COpenSSL", "CRelayCore"],
      // The data path is one thread's own; checks of exclusive access would only cost time there.
      extra: [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]),
    relay.tests("RelayCore", ["CRelayCore"]),

    relay.module("RelayWire", ["KeyBundles", "TextFormats"]),
    relay.tests("RelayWire", ["KeyBundles", "TextFormats"]),

    relay.cModule("CRelaySockets", ["CRelayCore"]),
    relay.module(
      "RelayServer",
      [
        "CRelayCore", "CRelaySockets", "ConnectionGuards", "KeyBundles", "PrivateFiles", "ProbePolicy", "RelayCore",
        "RelayWire", "TextFormats", nioCore, nioHTTP1, nioPosix,
      ]),
    relay.tests("RelayServer", ["KeyBundles", "ProbePolicy", "RelayCore", "RelayWire", "TextFormats"], golden: true),

    // MARK: Daemon: what applies a commit and records it
    daemon.module("AuditLog", ["COpenSSL", "KeyBundles", "TextFormats"]),
    daemon.tests("AuditLog", ["TextFormats"]),

    daemon.module(
      "AuditStores", ["AuditLog", "PostgresClient", "PrivateFiles", "ProcessSupport", "TextFormats", grdb]),
    daemon.tests("AuditStores", ["AuditLog", "PostgresClient", "TextFormats"]),

    daemon.module(
      "SyncEngine",
      [
        "AuditLog", "ConfigCompiler", "ConfigModel", "DeploymentPlanning", "Diagnostics", "GitStore", "KeyBundles",
        "KubernetesModel", "ProcessSupport", "RelayWire", "TextFormats", asyncHTTPClient, nioCore, nioHTTP1,
      ]),
    daemon.tests(
      "SyncEngine",
      [
        "ConfigCompiler", "ConfigModel", "Diagnostics", "DeploymentPlanning", "KeyBundles", "RelayWire",
        "RepositorySupport",
        "TextFormats",
      ]),

    daemon.module(
      "LocalTarget", in: "Targets",
      [
        "CChildProcess", "ConfigCompiler", "ConfigModel", "DeploymentPlanning", "KeyBundles", "KubernetesModel",
        "PrivateFiles", "ProcessSupport", "RelayWire", "SyncEngine", "TextFormats",
      ]),

    daemon.module(
      "KubernetesClient", in: "Targets",
      [
        "Diagnostics", "KubernetesModel", "ProcessSupport", "TextFormats", "YAMLSyntax", asyncHTTPClient, nioCore,
        nioHTTP1, nioSSL,
      ]),
    daemon.tests("KubernetesClient", ["KubernetesModel", "TextFormats", nioCore, nioHTTP1, nioPosix]),

    daemon.module(
      "KubernetesTarget", in: "Targets",
      [
        "ConfigCompiler", "ConfigModel", "DeploymentPlanning", "KeyBundles", "KubernetesClient", "KubernetesModel",
        "ProcessSupport", "RelayWire", "SyncEngine", "TextFormats",
      ]),
    daemon.tests(
      "KubernetesTarget", ["ConfigModel", "DeploymentPlanning", "KeyBundles", "RelayWire", "SyncEngine", "TextFormats"]),

    daemon.module(
      "DirectoryTarget", in: "Targets",
      [
        "ConfigCompiler", "DeploymentPlanning", "KeyBundles", "KubernetesModel", "PrivateFiles", "SyncEngine",
        "TextFormats",
      ]),

    daemon.module(
      "SyncService",
      [
        "AuditLog", "Authority", "ChangeSet", "CommitSignatures", "ConfigCompiler", "ConfigModel",
        "DeploymentPlanning", "Diagnostics", "GitStore", "PrivateFiles", "SyncEngine", "TextFormats",
      ]),
    daemon.tests(
      "SyncService",
      [
        "AuditLog", "AuditStores", "CommitSignatures", "ConfigCompiler", "ConfigModel", "DeploymentPlanning",
        "Diagnostics", "GitStore", "KeyBundles", "KubernetesModel", "ProcessSupport", "RelayWire", "RepositorySupport",
        "SyncEngine",
      ]),

    daemon.module("MeasurementRoute", ["TextFormats", httpTypes, hummingbird, hummingbirdCore, nioCore]),

    daemon.module(
      "DaemonServer",
      [
        "ConnectionGuards", "DeploymentPlanning", "KeyBundles", "MeasurementRoute", "SyncEngine", "TextFormats",
        httpTypes, hummingbird, hummingbirdCore, logging, nioCore, serviceLifecycle,
      ]),
    daemon.tests("DaemonServer", ["KeyBundles", "SyncEngine", "TextFormats"]),

    daemon.module(
      "SyncDaemon",
      [
        "AuditLog", "AuditStores", "CommitSignatures", "ConfigCompiler", "ConfigModel", "DaemonServer",
        "DeploymentPlanning", "Diagnostics", "DirectoryTarget", "FileAccess", "GitStore", "KeyBundles",
        "KubernetesClient", "KubernetesModel", "KubernetesTarget", "LocalTarget", "MeasurementRoute",
        "ProcessSupport", "RelayWire", "SyncEngine", "SyncService", "TextFormats", configuration,
      ]),
    daemon.tests(
      "SyncDaemon",
      [
        "AuditLog", "AuditStores", "CommitSignatures", "ConfigCompiler", "ConfigModel", "DeploymentPlanning",
        "FileAccess", "GitStore", "KeyBundles", "KubernetesClient", "RelayWire", "SyncEngine", "SyncService",
        "TextFormats",
      ]),

    // MARK: Status: what everybody may see
    status.module("FleetMonitoring", ["ConfigModel", "RelayWire", "TextFormats"]),
    status.tests("FleetMonitoring", ["ConfigModel", "RelayWire", "TextFormats"], golden: true),

    status.module(
      "FleetCollectors",
      [
        "ConfigCompiler", "ConfigModel", "FairShares", "FleetMonitoring", "KubernetesClient", "KubernetesTarget",
        "LocalTarget", "ProcessSupport", "RelayWire", "SyncEngine", "TextFormats", asyncHTTPClient, nioCore, nioHTTP1,
      ]),
    status.tests("FleetCollectors", ["FleetMonitoring", "RelayWire", "TextFormats", nioCore, nioPosix]),

    status.module(
      "StatusModel",
      [
        "AuditLog", "ConfigCompiler", "ConfigModel", "Diagnostics", "FleetMonitoring", "KeyBundles", "RelayWire",
        "TextFormats",
      ]),
    status.tests(
      "StatusModel",
      ["ConfigCompiler", "ConfigModel", "Diagnostics", "KeyBundles", "RepositorySupport", "TextFormats"]),

    status.module(
      "StatusAuthentication",
      [
        "COpenSSL", "ConfigCompiler", "ConfigModel", "FairShares", "KeyBundles", "TextFormats", asyncHTTPClient,
        nioCore, nioHTTP1, nioSSL,
      ]),
    status.tests(
      "StatusAuthentication",
      ["COpenSSL", "ConfigCompiler", "ConfigModel", "FairShares", "KeyBundles", "RepositorySupport", "TextFormats"]),

    status.cModule("DashboardAssets", exclude: ["pages"], flags: ["-std=c2x"]),
    status.module(
      "StatusServer",
      [
        "AuditLog", "CZlib", "ConfigCompiler", "ConfigModel", "ConnectionGuards", "DashboardAssets", "FairShares",
        "FleetMonitoring", "KeyBundles", "MeasurementRoute", "StatusAuthentication", "StatusModel", "TextFormats",
        httpTypes, hummingbird, hummingbirdCore, hummingbirdTLS, logging, nioCore, nioSSL, serviceLifecycle,
      ]),
    status.tests(
      "StatusServer",
      [
        "AuditLog", "ConfigCompiler", "ConfigModel", "Diagnostics", "FairShares", "FleetMonitoring",
        "RepositorySupport", "StatusAuthentication", "StatusModel", nioCore,
      ]),

    status.module(
      "NetworkMeasurement",
      [
        "AuditLog", "AuditStores", "ConfigCompiler", "ConfigModel", "ConfigSchema", "FileAccess", "FleetCollectors",
        "FleetMonitoring", "GitStore", "KeyBundles", "KubernetesClient", "KubernetesTarget", "LocalTarget",
        "MeasurementRoute", "ProcessSupport", "RelayWire", "StatusAuthentication", "StatusServer", "SyncDaemon",
        "SyncEngine", "SyncService", "TextFormats", asyncHTTPClient, nioCore, nioHTTP1,
      ]),
    status.tests(
      "NetworkMeasurement",
      [
        "AuditLog", "AuditStores", "ConfigCompiler", "ConfigModel", "FileAccess", "FleetCollectors",
        "FleetMonitoring", "KeyBundles", "MeasurementRoute", "RelayWire", "RepositorySupport", "StatusServer",
        "SyncDaemon", "SyncService", "TextFormats",
      ]),

    status.module(
      "StatusService",
      [
        "AuditLog", "AuditStores", "ConfigCompiler", "ConfigModel", "ConnectionGuards", "FileAccess",
        "FleetCollectors", "FleetMonitoring", "GitStore", "KeyBundles", "KubernetesClient", "KubernetesTarget",
        "LocalTarget", "MeasurementRoute", "ProcessSupport", "RelayWire", "StatusAuthentication", "StatusModel",
        "StatusServer", "SyncDaemon", "SyncEngine", "SyncService", "TextFormats", asyncHTTPClient,
      ]),
    status.tests(
      "StatusService",
      [
        "AuditLog", "AuditStores", "ConfigCompiler", "ConfigModel", "FileAccess", "FleetCollectors",
        "FleetMonitoring", "GitStore", "KeyBundles", "LocalTarget", "RelayWire", "RepositorySupport", "StatusModel",
        "StatusServer", "SyncDaemon", "SyncEngine", "SyncService", "TextFormats",
      ]),

    // MARK: CommandLine: the programs
    commandLine.cModule("CLicenses", flags: ["-std=c2x"]),
    commandLine.module("Licenses", ["CLicenses"]),
    commandLine.tests("Licenses"),

    commandLine.cModule("CHostFacts"),
    commandLine.module("HostChecks", ["ConfigModel", "ProbePolicy", "TextFormats"]),
    commandLine.tests("HostChecks", ["ConfigModel", "TextFormats"]),

    commandLine.module(
      "WpexCommands",
      [
        "AuditLog", "AuditStores", "Authority", "CHostFacts", "ChangePlan", "ChangeSet", "CommitSignatures",
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "DeploymentPlanning", "Diagnostics", "FileAccess",
        "FleetCollectors",
        "FleetMonitoring", "GitStore", "HostChecks", "KeyBundles", "KubernetesClient", "KubernetesModel",
        "KubernetesTarget", "LanguageServer", "LegacyImport", "Licenses", "LocalTarget", "NetworkMeasurement",
        "PostgresClient", "PrivateFiles", "ProcessSupport", "RelayCore", "RelayWire", "RepositoryEditing",
        "RuleLanguage", "StatusAuthentication",
        "StatusServer", "StatusService", "SyncDaemon", "SyncEngine", "SyncService", "TextFormats", "YAMLSyntax",
        argumentParser,
      ]),
    commandLine.program("wpex", ["WpexCommands"]),
    commandLine.program("wpex-relay", ["RelayServer", "TextFormats", argumentParser]),

    // The built programs, as their users call them.
    .testTarget(
      name: "CommandTests", dependencies: ["KeyBundles", "RelayWire", "TestSupport", "TextFormats", "wpex"],
      path: "Tests/Unit/CommandLine/CommandTests", swiftSettings: strict),

    // MARK: what tests share, and measurements
    .target(
      name: "TestSupport", dependencies: ["CLibgit2"], path: "Tests/Support/TestSupport", swiftSettings: strict),
    .target(
      name: "RepositorySupport", dependencies: ["ConfigCompiler", "ConfigModel", "Diagnostics"],
      path: "Tests/Support/RepositorySupport", swiftSettings: strict),
    // Measurements see what the libraries keep to the package, and so belong to it.
    .executableTarget(
      name: "wpex-bench",
      dependencies: [
        "ConfigCompiler", "ConfigModel", "Diagnostics", "GitStore", "TextFormats", "YAMLSyntax", argumentParser,
      ],
      path: "Benchmarks/Sources/WpexBench", swiftSettings: strict),
  ]
)
