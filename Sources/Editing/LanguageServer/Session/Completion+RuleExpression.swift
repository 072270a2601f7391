import RuleLanguage
import TextFormats

extension Completion {
  /// Returns completions for a word in the expression of an operator's rule.
  func items(for draft: RuleExpressionDraft, at offset: Int) -> JSON {
    let completion = ExpressionCompletion(after: draft.text, over: draft.kind)
    let proposals = completion.items.map { item in
      let parts = item.text.split(separator: "'", omittingEmptySubsequences: false)
      return Proposal(
        label: item.name, detail: item.summary,
        text: draft.isSingleQuoted ? parts.joined(separator: "''") : item.text, kind: kind(of: item))
    }
    return list(proposals, replacing: max(0, offset - completion.written)..<offset)
  }

  private func kind(of item: ExpressionCompletion.Item) -> Int {
    switch item.role {
    case .field: ItemKind.field
    case .variable: ItemKind.variable
    case .function: ItemKind.function
    case .value: ItemKind.enumMember
    }
  }
}
