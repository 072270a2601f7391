extension DiagnosticCode {
  /// Codes about documents that do not match the schema of their kind.
  static let shapeEntries: [DiagnosticCode: CatalogueEntry] = [
    .unknownField: CatalogueEntry(
      .error, "unknown field",
      "A misspelt field would otherwise be ignored without a word. `wpex explain KIND` lists the fields of a kind, and "
        + "`wpex validate --fix` mends what is surely a slip.",
      bad: .relay("region: eu-north\nprot: 30102\nport: 30102\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .missingField: CatalogueEntry(
      .error, "missing field", "The field has no default that would be right for everybody. Add it.",
      bad: .relay("region: eu-north\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .wrongType: CatalogueEntry(
      .error, "value of another type",
      "A field takes a text, a number, true or false, a list, or a mapping. Plain text that looks like a number is one: "
        + "quote it where text is meant.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: 2026"),
      good: .key("publicKey: \(Example.publicKey)\nalias: \"2026\"")),
    .unknownValue: CatalogueEntry(
      .error, "word that the field does not know", "The field takes one of a few words, which the help lists.",
      bad: .key("publicKey: \(Example.publicKey)\nstatus: activ"),
      good: .key("publicKey: \(Example.publicKey)\nstatus: active")),
    .outOfRange: CatalogueEntry(
      .error, "number out of range", "The help names the least and the greatest value.",
      bad: .relay("region: eu-north\nport: 301020\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .malformedValue: CatalogueEntry(
      .error, "text of another form",
      "Names, keys, addresses and dates have a form, which the message describes.",
      bad: .key("publicKey: not-a-key"), good: .goodKey),
    .exclusiveFields: CatalogueEntry(
      .error, "two fields that exclude each other", "It would not be clear which of them counts. Keep one.",
      bad: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\nprobes:\n  - name: gateway\n    ping: 192.0.2.1\n    traceroute: 192.0.2.1"
      ),
      good: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\nprobes:\n  - name: gateway\n    ping: 192.0.2.1"
      )),
    .missingAlternative: CatalogueEntry(
      .error, "none of several fields", "One of the fields that the message names must be there.",
      bad: .key("alias: Warehouse"), good: .goodKey),
    .booleanLookalike: CatalogueEntry(
      .error, "yes, no, on or off for true or false",
      "YAML 1.1 took these words for booleans; YAML 1.2 reads texts (and Norway keeps its `no`). Write `true` or `false`.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\ndeletionProtection: yes"),
      good: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\ndeletionProtection: true")),
    .listLength: CatalogueEntry(
      .error, "list with too few or too many elements", "The message tells how many the list may have.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: []"), good: .goodRelay),
    .repeatedElement: CatalogueEntry(
      .error, "element listed twice", "The list is a set. Remove one of the two.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, headquarters]"), good: .goodRelay),
    .unknownKind: CatalogueEntry(
      .error, "unknown kind", "The kinds are Platform, Role, Organization, User, Key and Relay.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml", Example.document("Kye", "warehouse-9", "publicKey: \(Example.publicKey)")),
      good: .goodKey),
    .unsupportedVersion: CatalogueEntry(
      .error, "version of the language that this program does not speak",
      "Write `apiVersion: wpex.io/v1alpha1`, or use a newer wpex.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v2\nkind: Key\nmetadata:\n  name: warehouse-9\nspec:\n  publicKey: \(Example.publicKey)\n"),
      good: .goodKey),
    .impossibleValue: CatalogueEntry(
      .error, "value of the right form that does not exist",
      "There is no 30 February, no port range that ends before it begins, and no network whose host bits are set.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2027-02-30"),
      good: .key("publicKey: \(Example.publicKey)\nexpires: 2027-02-28")),
  ]
}
