package import SyncDaemon

/// Settings of `wpex serve`.
///
/// This is the only list: the reader, the validation of the file, `wpex serve settings` and docs/status.md are derived
/// from it.
package enum ServeSettings {
  /// All settings, including those of the repository that the daemon has too.
  package static let all =
    SyncSettings.all.filter { $0.key.hasPrefix("repository.") || $0.key.hasPrefix("trust.") } + [
      SyncSettings.Setting(
        "repository.web", "the web address of a line, with {commit}, {path} and {line}; without it, there are no links"),
      SyncSettings.Setting(
        "repository.folder", "the folder of this server's copy of the repository; by default, next to a daemon's"),
      SyncSettings.Setting(
        "sync.state", "the state folder of a daemon on this machine; without it, the cluster is asked"),
      SyncSettings.Setting("target.kind", "kubernetes, or none if relays are not observed", standard: "kubernetes"),
      SyncSettings.kubeconfig,
      SyncSettings.Setting(
        "target.context", "the context of regions with `cluster: in-cluster`; by default, the current one"),
      SyncSettings.Setting("target.namespace", "the daemon's own namespace", standard: "wpex-system"),
      SyncSettings.Setting(
        "target.reach", "how relays are reached: directly, or server to go through the API server", standard: "directly"
      ),
      SyncSettings.Setting("regions", "regions whose relays run there, separated by commas; by default, all of them"),
      SyncSettings.Setting(
        "audit.store", "postgres://… or a SQLite file, to read from; without one, no audit log is shown"),
      SyncSettings.Setting(
        "prometheus.address",
        "a Prometheus that scrapes the relays, for the last day of history; without one, it is kept in memory"),
      SyncSettings.Setting("prometheus.tokenFile", "a file with the token that Prometheus requires"),
      SyncSettings.Setting("http.listen", "ADDRESS:PORT of the API and its pages", standard: "127.0.0.1:8420"),
      SyncSettings.Setting(
        "http.publicAddress",
        "the address that browsers use; with https, cookies are secure, and TLS needs a certificate or a proxy in front"
      ),
      SyncSettings.Setting(
        "http.certificateFile",
        "the certificate and its chain in PEM, to speak TLS without a proxy; read again when it changes"),
      SyncSettings.Setting("http.keyFile", "the key of that certificate, in PEM"),
      SyncSettings.Setting("http.trustedProxies", "addresses and networks whose X-Forwarded-For is trusted"),
      SyncSettings.Setting("http.connections", "maximum number of open connections", standard: "4096"),
      SyncSettings.Setting("http.idle", "seconds without a request after which a connection is closed", standard: "30"),
      SyncSettings.Setting(
        "http.patience", "seconds for a request to be complete, and for a response to make progress", standard: "20"),
      SyncSettings.Setting("http.tokenFile", "a file with a token that sees everything; created if it does not exist"),
      SyncSettings.Setting(
        "oidc.issuer", "an OpenID Connect provider that people log in with; without one, only tokens are accepted"),
      SyncSettings.Setting("oidc.label", "the text of its button; by default, its address"),
      SyncSettings.Setting(
        "oidc.client", "the client as the provider registered it, with http.publicAddress/login/oidc/sso/callback"),
      SyncSettings.Setting("oidc.clientSecretFile", "a file with the client's secret; none for a public client"),
      SyncSettings.Setting(
        "oidc.certificatesFile", "certificates that are trusted for the provider instead of the system's"),
      SyncSettings.Setting(
        "jwt.issuer", "the issuer of the JSON Web Tokens that programs present; without one, none are accepted"),
      SyncSettings.Setting("jwt.audience", "the audience that they must name"),
      SyncSettings.Setting("jwt.keysFile", "the issuer's public keys, a JWK set; tokens of other keys are refused"),
      SyncSettings.Setting(
        "login.refusalsFile", "where refused logins are remembered across restarts; without it, they are forgotten"),
      SyncSettings.Setting("http.cursorSecretFile", "32 or more random bytes that servers behind one address share"),
    ]
}
