extension DiagnosticCode {
  /// Codes about documents that do not match the schema of their kind.
  static let shapeEntries: [DiagnosticCode: CatalogueEntry] = [
    .unknownField: CatalogueEntry(
      .error, "unknown field",
      "Otherwise, a misspelt field would be silently ignored. `wpex explain KIND` lists the fields of a kind, and "
        + "`wpex validate --fix` corrects obvious typing errors.",
      bad: .relay("region: eu-north\nprot: 30102\nport: 30102\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .missingField: CatalogueEntry(
      .error, "missing field", "The field is required. Add it.",
      bad: .relay("region: eu-north\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .wrongType: CatalogueEntry(
      .error, "value of the wrong type",
      "A field's value is a string, a number, true or false, a list, or a mapping. Text that looks like a number is "
        + "read as a number: put it in quotes if you mean a string.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: 2026"),
      good: .key("publicKey: \(Example.publicKey)\nalias: \"2026\"")),
    .unknownValue: CatalogueEntry(
      .error, "value that the field does not allow", "The field must have one of the values that the help lists.",
      bad: .key("publicKey: \(Example.publicKey)\nstatus: activ"),
      good: .key("publicKey: \(Example.publicKey)\nstatus: active")),
    .outOfRange: CatalogueEntry(
      .error, "number out of range", "The help shows the minimum and the maximum.",
      bad: .relay("region: eu-north\nport: 301020\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .malformedValue: CatalogueEntry(
      .error, "text in the wrong format",
      "Names, keys, addresses and dates have a format, which the message describes.",
      bad: .key("publicKey: not-a-key"), good: .goodKey),
    .exclusiveFields: CatalogueEntry(
      .error, "two fields that exclude each other", "It would be unclear which of them applies. Keep one.",
      bad: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\nprobes:\n  - name: gateway\n    ping: 192.0.2.1\n    traceroute: 192.0.2.1"
      ),
      good: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\nprobes:\n  - name: gateway\n    ping: 192.0.2.1"
      )),
    .missingAlternative: CatalogueEntry(
      .error, "none of several fields, one of which is required",
      "One of the fields that the message lists must be present.",
      bad: .key("alias: Warehouse"), good: .goodKey),
    .booleanLookalike: CatalogueEntry(
      .error, "yes, no, on or off for true or false",
      "YAML 1.1 read these words as booleans; YAML 1.2 reads them as text (so Norway keeps its `no`). Write `true` or "
        + "`false`.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\ndeletionProtection: yes"),
      good: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters]\ndeletionProtection: true")),
    .listLength: CatalogueEntry(
      .error, "list with too few or too many elements", "The message says how many the list can have.",
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
      .error, "unsupported version of the language",
      "Write `apiVersion: wpex.io/v1alpha1`, or use a newer wpex.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v2\nkind: Key\nmetadata:\n  name: warehouse-9\nspec:\n  publicKey: \(Example.publicKey)\n"),
      good: .goodKey),
    .impossibleValue: CatalogueEntry(
      .error, "well-formed value that does not exist",
      "There is no 30 February, no port range that ends before it begins, and no network whose host bits are set.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2027-02-30"),
      good: .key("publicKey: \(Example.publicKey)\nexpires: 2027-02-28")),
  ]
}
