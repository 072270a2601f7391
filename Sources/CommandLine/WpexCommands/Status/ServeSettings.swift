/// Settings of `wpex serve`.
///
/// This is the only list: the reader, the validation of the file, `wpex serve settings` and docs/status.md are derived
/// from it.
enum ServeSettings {
  /// All settings, including those of the repository that the daemon has too.
  static let all =
    SyncSettings.all.filter { $0.key.hasPrefix("repository.") || $0.key.hasPrefix("trust.") } + [
      SyncSettings.Setting(
        "repository.web", "where a line is shown on the web, with {commit}, {path} and {line}; none shows no links"),
      SyncSettings.Setting("repository.folder", "the folder of this server's copy of it; beside a daemon's"),
      SyncSettings.Setting("sync.state", "the state folder of a daemon of this machine; none asks the cluster"),
      SyncSettings.Setting("target.kind", "kubernetes, or none where relays are not looked at", standard: "kubernetes"),
      SyncSettings.Setting("target.kubeconfig", "the cluster's kubeconfig; without one, the cluster that this runs in"),
      SyncSettings.Setting("target.context", "the context of the kubeconfig; its current one"),
      SyncSettings.Setting("target.namespace", "the daemon's own namespace", standard: "wpex-system"),
      SyncSettings.Setting(
        "target.reach", "how relays are asked: directly, or through the API server as server", standard: "directly"),
      SyncSettings.Setting("regions", "regions whose relays run there, separated by commas; all of them"),
      SyncSettings.Setting("audit.store", "postgres://… or a SQLite file, to read from; none shows no audit log"),
      SyncSettings.Setting(
        "prometheus.address",
        "a Prometheus that scrapes the relays: the last day is read from it; none keeps it in memory"),
      SyncSettings.Setting("prometheus.tokenFile", "a file with a token that Prometheus asks for"),
      SyncSettings.Setting("http.listen", "ADDRESS:PORT of the API and its pages", standard: "127.0.0.1:8420"),
      SyncSettings.Setting(
        "http.publicAddress", "where browsers find it; https makes cookies secure, and a proxy in front ends TLS"),
      SyncSettings.Setting("http.trustedProxies", "addresses and networks whose X-Forwarded-For counts"),
      SyncSettings.Setting("http.connections", "connections at a time", standard: "4096"),
      SyncSettings.Setting("http.idle", "seconds without a request after which a connection is closed", standard: "30"),
      SyncSettings.Setting(
        "http.patience", "seconds for a request to end, and for an answer to move", standard: "20"),
      SyncSettings.Setting("http.tokenFile", "a file with a token that sees everything; made if it does not exist"),
      SyncSettings.Setting(
        "oidc.issuer", "an OpenID Connect provider that people log in with; none offers tokens only"),
      SyncSettings.Setting("oidc.label", "the text of its button; its address"),
      SyncSettings.Setting(
        "oidc.client", "the client as the provider registered it, with http.publicAddress/login/oidc/sso/callback"),
      SyncSettings.Setting("oidc.clientSecretFile", "a file with the client's secret; none for a public client"),
      SyncSettings.Setting(
        "oidc.certificatesFile", "certificates that are trusted for the provider instead of the system's"),
      SyncSettings.Setting("jwt.issuer", "whose JSON Web Tokens programs may present; none takes none"),
      SyncSettings.Setting("jwt.audience", "the audience that they must name"),
      SyncSettings.Setting("jwt.keysFile", "the issuer's public keys, a JWK set; tokens of other keys are refused"),
      SyncSettings.Setting(
        "login.refusalsFile", "where refused logins are remembered over restarts; none forgets them"),
      SyncSettings.Setting("http.cursorSecretFile", "32 or more random bytes that servers behind one address share"),
    ]
}
