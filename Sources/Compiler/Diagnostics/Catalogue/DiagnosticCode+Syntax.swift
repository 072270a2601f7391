extension DiagnosticCode {
  /// Codes about text that YAML, or this subset of it, does not allow.
  static let syntaxEntries: [DiagnosticCode: CatalogueEntry] = [
    .invalidUTF8: CatalogueEntry(
      .error, "bytes that are not UTF-8", "Programs would read them differently. Save the file as UTF-8.",
      bad: Example([
        Example.Entry(
          "orgs/acme/keys/warehouse-9.yaml",
          .bytes(
            Array(Example.document("Key", "warehouse-9", "publicKey: \(Example.publicKey)\nalias: M").utf8.dropLast())
              + [0xFC] + Array("nchen\n".utf8)))
      ]), good: .key("publicKey: \(Example.publicKey)\nalias: München")),
    .controlCharacter: CatalogueEntry(
      .error, "control character",
      "It is invisible in a review, and some programs end the text at it. Remove it, or write an escape in double quotes.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: Ware\u{7}house"),
      good: .key("publicKey: \(Example.publicKey)\nalias: \"Ware\\ahouse\"")),
    .lineSeparatorCharacter: CatalogueEntry(
      .error, "line break that some programs ignore",
      "NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR break lines in YAML 1.1 and not in YAML 1.2, and a carriage return "
        + "without a line feed breaks them in YAML and not in diffs and reviews: a field behind a comment would be hidden. "
        + "Remove it, or write an escape in double quotes.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: Ware\u{2028}house"),
      good: .key("publicKey: \(Example.publicKey)\nalias: \"Ware\\Lhouse\"")),
    .bidirectionalControl: CatalogueEntry(
      .error, "bidirectional control character",
      "It makes text look different from what it is (CVE-2021-42574). Remove it, or write an escape in double quotes.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: Ware\u{202E}house"),
      good: .key("publicKey: \(Example.publicKey)\nalias: \"Ware\\u202Ehouse\"")),
    .tabIndentation: CatalogueEntry(
      .error, "tab in the indentation", "A tab has no width in YAML. Indent with spaces.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n\tname: warehouse-9\nspec:\n  publicKey: \(Example.publicKey)\n"
      ),
      good: .goodKey),
    .duplicateField: CatalogueEntry(
      .error, "field written twice", "Some programs use the first, others the last. Keep one.",
      bad: .key("publicKey: \(Example.publicKey)\nstatus: active\nstatus: revoked"),
      good: .key("publicKey: \(Example.publicKey)\nstatus: active")),
    .anchorOrAlias: CatalogueEntry(
      .error, "anchor or alias",
      "Everything that a document declares must be written in it, where reviewers can see it. Write the value out.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: &name Warehouse\nsite:\n  location: *name"),
      good: .key("publicKey: \(Example.publicKey)\nalias: Warehouse\nsite:\n  location: Warehouse")),
    .mergeKey: CatalogueEntry(
      .error, "merge key",
      "`<<` belongs to YAML 1.1, and programs interpret it differently. Write the fields out.",
      bad: .key("publicKey: \(Example.publicKey)\nsite:\n  <<: { location: Milano }"),
      good: .key("publicKey: \(Example.publicKey)\nsite:\n  location: Milano")),
    .customTag: CatalogueEntry(
      .error, "tag", "Every field has a fixed type; a tag could only contradict it. Remove the tag.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: !!str Warehouse"),
      good: .key("publicKey: \(Example.publicKey)\nalias: Warehouse")),
    .complexKey: CatalogueEntry(
      .error, "list or mapping as a field's name", "A field's name is a plain word.",
      bad: .key("publicKey: \(Example.publicKey)\n? [alias]\n: Warehouse"),
      good: .key("publicKey: \(Example.publicKey)\nalias: Warehouse")),
    .nestedTooDeep: CatalogueEntry(
      .error, "more than 32 levels", "No document of this language needs so many; deep nesting only helps attacks.",
      bad: .key(
        "publicKey: \(Example.publicKey)\nalias: \(String(repeating: "[", count: 40))\(String(repeating: "]", count: 40))"
      ),
      good: .key("publicKey: \(Example.publicKey)\nalias: Warehouse")),
    .documentTooLarge: CatalogueEntry(
      .error, "document of more than 256 KiB", "One document declares one thing, which never needs so much text.",
      bad: Example([
        Example.Entry(
          "orgs/acme/keys/warehouse-9.yaml",
          .repeated(
            prefix: Example.document("Key", "warehouse-9", "publicKey: \(Example.publicKey)") + "  alias: >\n",
            text: "    a very long alias\n", count: 15_000))
      ]), good: .goodKey),
    .malformedYAML: CatalogueEntry(
      .error, "not YAML",
      "The text cannot be read at this point. Often the cause is on the line before: a quote that is not closed, a "
        + "`:` inside unquoted text, or wrong indentation.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: \"Warehouse"),
      good: .key("publicKey: \(Example.publicKey)\nalias: \"Warehouse\"")),
    .directive: CatalogueEntry(
      .error, "directive", "Files of this language are YAML 1.2 and use no tags, so directives have no meaning.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "%YAML 1.1\n---\n" + Example.document("Key", "warehouse-9", "publicKey: \(Example.publicKey)")), good: .goodKey),
    .invisibleCharacter: CatalogueEntry(
      .error, "invisible character",
      "Reviewers cannot see it, not even in a comment: a zero-width character, a soft hyphen, a filler, a tag, a "
        + "selector that selects nothing. Two names that look the same would differ. Remove it, or write an escape in "
        + "double quotes. Joiners between letters of a script that joins them, and the selectors and joiners of "
        + "emoji, are visible and allowed.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: Ware\u{200B}house"),
      good: .key(
        "publicKey: \(Example.publicKey)\nalias: \"Ware\\u200Bhouse\"\nsite:\n  location: \u{645}\u{6CC}\u{200C}\u{62E}"
      )),
    .unusualBlank: CatalogueEntry(
      .error, "space character that YAML treats as text",
      "A no-break, ideographic or other unusual space character looks like a space, but YAML treats it as part of the "
        + "text: what looks like a comment is not one, and a value ends in a character that nobody can see. Write a "
        + "space, or an escape in double quotes. Between two words of a text, and in comments, such a character is "
        + "allowed.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: Warehouse\u{A0}# the large one"),
      good: .key("publicKey: \(Example.publicKey)\nalias: Siège\u{A0}principal # the large one")),
  ]
}
