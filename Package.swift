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

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
    exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "wpex",
  products: [
    .executable(name: "wpex", targets: ["wpex"]),
    .library(name: "ConfigCompiler", targets: ["ConfigCompiler"]),
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
    // C libraries of the system, one module each.
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),

    // Arrows point down only: a target depends on targets above it in this list.
    module("WpexVersion"),
    module("FairShares"),
    module(
      "ConnectionGuards",
      [
        "FairShares", .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
      ]),
    module("StructuredText"),
    module("PrometheusText", ["StructuredText"]),
    module("Diagnostics", ["StructuredText", "WpexVersion"]),
    module("YAMLSyntax", ["Diagnostics", "StructuredText", "CLibYAML"]),
    module("ConfigModel"),
    module("ProbePolicy"),
    module("FleetHealth", ["ConfigModel", "PrometheusText", "StructuredText"]),
    module("ConfigSchema", ["ConfigModel", "Diagnostics", "StructuredText", "YAMLSyntax"]),
    module("KubernetesModel", ["StructuredText"]),
    module("KeyBundles", ["COpenSSL", "StructuredText"]),
    module("BlockingCalls"),
    module("PrivateFiles"),
    .target(name: "CContinuousIntegration", cSettings: [.unsafeFlags(["-std=c23"])]),
    module("ContinuousIntegration", ["CContinuousIntegration"]),
    module("PostgresClient", ["BlockingCalls", "CLibPQ"]),
    .target(name: "CChildProcess"),
    module("GitStore", ["BlockingCalls", "CChildProcess", "CLibgit2", "PrivateFiles"]),
    module("CommitSignatures", ["COpenSSL", "KeyBundles", "StructuredText"]),
    module("AuditLog", ["COpenSSL", "KeyBundles", "StructuredText"]),
    module(
      "AuditStores",
      [
        "AuditLog", "BlockingCalls", "PostgresClient", "PrivateFiles", "StructuredText",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    module(
      "ConfigCompiler",
      [
        "ConfigModel", "ConfigSchema", "Diagnostics", "KeyBundles", "KubernetesModel", "ProbePolicy", "StructuredText",
        "YAMLSyntax",
      ]),
    module("SyncPlanning", ["ConfigCompiler", "ConfigModel", "KeyBundles", "KubernetesModel"]),
    module(
      "ChangeSet", ["ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "StructuredText", "YAMLSyntax"]),
    module(
      "ChangePlan",
      [
        "ChangeSet", "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "KeyBundles", "KubernetesModel",
        "StructuredText", "SyncPlanning",
      ]),
    module(
      "Authority",
      ["ChangeSet", "CommitSignatures", "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics"]),
    module(
      "SyncEngine",
      [
        "AuditLog", "ConfigCompiler", "ConfigModel", "Diagnostics", "GitStore", "KeyBundles", "KubernetesModel",
        "StructuredText", "SyncPlanning",
      ]),
    module(
      "StatusModel",
      [
        "AuditLog", "ConfigCompiler", "ConfigModel", "Diagnostics", "FleetHealth", "KeyBundles", "StructuredText",
      ]),
    module(
      "StatusAccess",
      [
        "COpenSSL", "ConfigCompiler", "ConfigModel", "FairShares", "KeyBundles", "StructuredText",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    module(
      "StatusServer",
      [
        "AuditLog", "CZlib", "ConfigCompiler", "ConfigModel", "ConnectionGuards", "FairShares", "FleetHealth",
        "KeyBundles", "PrometheusText", "StatusAccess", "StatusModel", "StructuredText", "WpexVersion",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .target(name: "CStatusPages", exclude: ["pages"], cSettings: [.unsafeFlags(["-std=c2x"])]),
    module("StatusPages", ["CStatusPages", "KeyBundles", "StatusServer"]),
    .target(name: "CLicenses", cSettings: [.unsafeFlags(["-std=c2x"])]),
    module("Licenses", ["CLicenses"]),
    module(
      "LocalTarget",
      [
        "BlockingCalls", "CChildProcess", "ConfigCompiler", "KeyBundles", "KubernetesModel", "PrivateFiles",
        "StructuredText", "SyncEngine", "SyncPlanning",
      ]),
    module(
      "KubernetesClient",
      [
        "BlockingCalls", "Diagnostics", "KubernetesModel", "StructuredText", "YAMLSyntax",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    module(
      "KubernetesTarget",
      [
        "BlockingCalls", "ConfigCompiler", "KeyBundles", "KubernetesClient", "KubernetesModel", "StructuredText",
        "SyncEngine", "SyncPlanning",
      ]),
    module(
      "DirectoryTarget",
      ["ConfigCompiler", "KeyBundles", "KubernetesModel", "StructuredText", "SyncEngine", "SyncPlanning"]),
    module(
      "SyncService",
      [
        "AuditLog", "Authority", "ChangeSet", "CommitSignatures", "ConfigCompiler", "ConfigModel", "Diagnostics",
        "GitStore", "PrivateFiles", "StructuredText", "SyncEngine", "SyncPlanning",
      ]),
    module(
      "DaemonServer",
      [
        "ConnectionGuards", "KeyBundles", "PrometheusText", "SyncEngine", "SyncPlanning", "SyncService", "WpexVersion",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    module(
      "StatusCollectors",
      [
        "BlockingCalls", "ConfigCompiler", "ConfigModel", "FairShares", "FleetHealth", "KubernetesClient",
        "KubernetesTarget", "LocalTarget", "PrometheusText", "StructuredText", "SyncEngine",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    .target(name: "CRelayCore", cSettings: [.unsafeFlags(["-O2"])]),
    .target(
      name: "RelayCore", dependencies: ["COpenSSL", "CRelayCore"],
      // The data path is one thread's own; checks of exclusive access would only cost time there.
      swiftSettings: strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]),
    .target(name: "CRelaySockets", dependencies: ["CRelayCore"]),
    module(
      "RelayServer",
      [
        "CRelayCore", "CRelaySockets", "ConnectionGuards", "KeyBundles", "ProbePolicy", "PrometheusText", "RelayCore",
        "StructuredText", "WpexVersion",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    .executableTarget(
      name: "wpex-relay",
      dependencies: [
        "RelayCore", "RelayServer", "WpexVersion", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    module(
      "RepositoryEditing",
      [
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "ContinuousIntegration", "Diagnostics", "StructuredText",
        "YAMLSyntax",
      ]),
    module(
      "LanguageServer",
      [
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "RepositoryEditing", "StructuredText",
        "WpexVersion", "YAMLSyntax",
      ]),
    module(
      "ConsoleImport",
      ["ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "KeyBundles", "StructuredText"]),
    module("ConsoleDatabase", ["ConsoleImport", "PostgresClient", "StructuredText"]),
    .executableTarget(
      name: "wpex",
      dependencies: [
        "AuditLog", "AuditStores", "Authority", "BlockingCalls", "ChangePlan", "ChangeSet", "CommitSignatures",
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "ConnectionGuards", "ConsoleDatabase", "ConsoleImport",
        "ContinuousIntegration", "DaemonServer",
        "Diagnostics", "DirectoryTarget", "FleetHealth", "GitStore", "KeyBundles", "KubernetesClient",
        "KubernetesModel", "KubernetesTarget", "LanguageServer", "Licenses", "LocalTarget", "PostgresClient",
        "RepositoryEditing",
        "StatusAccess", "StatusCollectors", "StatusModel", "StatusPages", "StatusServer", "StructuredText",
        "SyncEngine",
        "SyncPlanning", "SyncService", "WpexVersion", "YAMLSyntax",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Measurements see what the libraries keep to the package, and so belong to it.
    .executableTarget(
      name: "wpex-bench",
      dependencies: [
        "ConfigCompiler", "ConfigModel", "Diagnostics", "GitStore", "StructuredText", "YAMLSyntax",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Sources/WpexBench", swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["CLibgit2"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "RepositorySupport", dependencies: ["ConfigCompiler", "ConfigModel", "Diagnostics"],
      path: "Tests/RepositorySupport", swiftSettings: strict),
    tests(of: "StructuredText"),
    tests(of: "FairShares"),
    tests(of: "Diagnostics", ["StructuredText"], exclude: ["Golden"]),
    tests(of: "YAMLSyntax", ["Diagnostics", "StructuredText"]),
    tests(
      of: "ConfigSchema", ["ConfigModel", "Diagnostics", "StructuredText", "YAMLSyntax"], exclude: ["Golden"]),
    tests(of: "FleetHealth", ["ConfigModel", "PrometheusText"], exclude: ["Golden"]),
    tests(of: "KubernetesModel", ["StructuredText"], exclude: ["Golden"]),
    tests(of: "KeyBundles", ["StructuredText"]),
    tests(of: "ContinuousIntegration"),
    tests(of: "PrivateFiles"),
    tests(of: "ProbePolicy"),
    tests(of: "GitStore"),
    tests(of: "CommitSignatures"),
    tests(of: "AuditLog", ["StructuredText"]),
    tests(of: "DaemonServer", ["KeyBundles", "PrometheusText", "SyncEngine"]),
    tests(
      of: "StatusServer",
      [
        "AuditLog", "ConfigCompiler", "ConfigModel", "Diagnostics", "FairShares", "FleetHealth", "RepositorySupport",
        "StatusAccess", "StatusModel", .product(name: "NIOCore", package: "swift-nio"),
      ]),
    tests(of: "KubernetesTarget", ["StructuredText", "SyncEngine", "SyncPlanning"]),
    tests(of: "SyncPlanning", ["ConfigCompiler", "ConfigModel", "KubernetesModel"]),
    tests(of: "SyncEngine", ["StructuredText", "SyncPlanning"]),
    tests(
      of: "SyncService",
      [
        "AuditLog", "AuditStores", "BlockingCalls", "ConfigCompiler", "ConfigModel", "Diagnostics", "CommitSignatures",
        "GitStore", "KeyBundles", "KubernetesModel", "RepositorySupport", "SyncEngine", "SyncPlanning",
      ]),
    tests(of: "AuditStores", ["AuditLog", "PostgresClient", "StructuredText"]),
    tests(
      of: "StatusCollectors",
      [
        "FleetHealth", "StructuredText", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests(of: "StatusPages", ["StatusServer"]),
    tests(of: "Licenses"),
    tests(of: "StatusModel", ["ConfigCompiler", "ConfigModel", "Diagnostics", "RepositorySupport"]),
    tests(
      of: "StatusAccess",
      [
        "ConfigCompiler", "ConfigModel", "FairShares", "KeyBundles", "RepositorySupport", "StructuredText",
        "COpenSSL",
      ]),
    tests(of: "RelayCore", ["CRelayCore"]),
    tests(of: "RelayServer", ["ProbePolicy", "PrometheusText", "RelayCore", "StructuredText"]),
    tests(
      of: "ConfigCompiler",
      [
        "ConfigModel", "ConfigSchema", "Diagnostics", "GitStore", "KeyBundles", "KubernetesModel", "StructuredText",
        "RepositorySupport", "YAMLSyntax",
      ], exclude: ["Golden"]),
    tests(
      of: "Authority",
      [
        "ChangeSet", "ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "GitStore", "RepositorySupport",
        "SyncService",
      ],
      exclude: ["Golden"]),
    tests(
      of: "ChangeSet",
      [
        "ConfigCompiler", "ConfigModel", "Diagnostics", "GitStore", "RepositorySupport", "StructuredText",
        "SyncService",
      ]),
    tests(
      of: "ChangePlan",
      [
        "ChangeSet", "ConfigCompiler", "ConfigModel", "Diagnostics", "GitStore", "KeyBundles", "KubernetesModel",
        "RepositorySupport", "StructuredText", "SyncPlanning",
      ], exclude: ["Golden"]),
    tests(
      of: "LanguageServer",
      ["ConfigCompiler", "ConfigModel", "ConfigSchema", "Diagnostics", "StructuredText", "YAMLSyntax"]),
    tests(of: "ConsoleImport", ["ConfigModel", "Diagnostics", "KeyBundles", "StructuredText"]),
    tests(
      of: "RepositoryEditing",
      [
        "ConfigCompiler", "ConfigModel", "ConfigSchema", "ContinuousIntegration", "Diagnostics", "GitStore",
        "StructuredText", "YAMLSyntax",
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["TestSupport", "StructuredText", "wpex"], swiftSettings: strict),
  ]
)
