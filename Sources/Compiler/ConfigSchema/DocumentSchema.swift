package import ConfigModel
import Diagnostics
package import YAMLSyntax

/// Schema of whole documents of one kind.
package struct DocumentSchema: Sendable {
  /// Kind of the documents.
  package let kind: Kind
  /// Description of the document's fields.
  package let shape: ObjectShape
  private let decoder: @Sendable (YAMLNode, inout DecodingContext) -> Declaration?

  private init<Spec: ResourceSpec>(
    _ spec: Schema<Spec>, _ summary: String, _ wrap: @escaping @Sendable (Resource<Spec>) -> Declaration
  ) {
    let kind = Spec.kind
    let schema = Schema.object(
      kind.rawValue, Envelope<Spec>(), summary,
      fields: [
        .required(
          "apiVersion", \.apiVersion, .constant(languageVersion, .unsupportedVersion), "the language's version",
          examples: languageVersion),
        .required(
          "kind", \.kind, .constant(kind.rawValue, .unknownKind), "what the document declares", examples: kind.rawValue),
        .required("metadata", \.metadata, .metadata, "its name and labels"),
        .required("spec", \.spec, spec, "the desired state"),
      ])
    self.kind = kind
    guard case .object(let shape) = schema.shape else { preconditionFailure("an object schema has an object's shape") }
    self.shape = shape
    decoder = { node, context in
      schema.decode(node, &context).map { wrap(Resource(metadata: $0.metadata, spec: $0.spec)) }
    }
  }

  /// Decodes a document of this kind; nil after reporting into `context` if its shape is wrong.
  package func decode(_ node: YAMLNode, _ context: inout DecodingContext) -> Declaration? { decoder(node, &context) }

  /// The schemas of all kinds, in the order of the reference.
  package static let all: [DocumentSchema] = [
    DocumentSchema(
      .platform, "The provider's platform. Exactly one document, in `platform.yaml`.", Declaration.platform),
    DocumentSchema(.role, "A custom role, under `roles/`.", Declaration.role),
    DocumentSchema(
      .organization, "A tenant. Exactly one document for each folder under `orgs/`, in `organization.yaml`.",
      Declaration.organization),
    DocumentSchema(
      .user, "A user: global under `users/`, of an organization under `orgs/<org>/users/`.", Declaration.user),
    DocumentSchema(.key, "A WireGuard peer's key, under `orgs/<org>/keys/`.", Declaration.key),
    DocumentSchema(.relay, "A relay, under `orgs/<org>/relays/`.", Declaration.relay),
  ]

  private static let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.kind.rawValue, $0) })

  /// Returns the schema of the kind with that name; nil if there is none.
  package static func named(_ kind: String) -> DocumentSchema? { byKind[kind] }
}

extension Schema where Value == String {
  /// Returns the schema of a constant; any other text is reported with `code`.
  static func constant(_ value: String, _ code: DiagnosticCode) -> Schema {
    let choice = StringShape.Choice(value: value, summary: "the only value")
    return Schema(shape: .string(StringShape(choices: [choice], length: 0...65_536))) { node, context in
      guard let text = context.string(node) else { return nil }
      if text == value { return text }
      context.report(
        Diagnostic(
          code, "`\(context.fieldName)` must be `\(value)`, found `\(text)`", at: context.label(node.range),
          help: "write `\(value)`",
          fixes: [
            Diagnostic.Fix(
              "replace `\(text)` with `\(value)`", edits: [context.edit(node.range, value)], isCertain: false)
          ]))
      return nil
    }
  }
}
