import ConfigModel
import KeyBundles
import TextFormats

/// A paginated list: the view of its items, and how they can be searched, filtered and sorted.
struct ListView<Entry: Sendable>: Sendable {
  /// Keeps the entries that match any of the values given.
  struct Filter: Sendable {
    /// Parameter that carries the values.
    let parameter: Parameter
    /// Permission required in the entry's organization; without it, the entry does not match.
    let needs: Permission?
    /// Whether an entry matches a value.
    let holds: @Sendable (Entry, String, VisibleSnapshot) -> Bool
  }

  /// An order of the list.
  struct Sort: Sendable {
    /// Value of the `sort` parameter.
    let name: String
    /// Permission required in the entry's organization; without it, the entry sorts last.
    let needs: Permission?
    /// Value to order by.
    let value: @Sendable (Entry, VisibleSnapshot) -> SortValue
  }

  /// View of an item.
  let view: ObjectView<Entry>
  /// Organization that owns an entry; nil for the platform's own.
  let org: @Sendable (Entry) -> String?
  /// Unique identifier, which breaks ties. Entries must arrive in ascending order of it.
  let id: @Sendable (Entry) -> String
  /// Text searched by `q`, in lower case; nil if the list cannot be searched.
  let words: (@Sendable (Entry, VisibleSnapshot) -> String)?
  /// Filters of the list.
  let filters: [Filter]
  /// Sort orders; the first is the default. If empty, the entries keep the order in which they arrive.
  let sorts: [Sort]
  /// Whether the default order is descending.
  var isDescendingByItself = false

  /// Most items on a page.
  static var maxPageSize: Int { 500 }
  /// Items on a page by default.
  static var pageByItself: Int { 50 }

  /// Query parameters of the list.
  var parameters: [Parameter] {
    var parameters = [
      Parameter("limit", .integer(1...Self.maxPageSize), "items per page; \(Self.pageByItself) by default"),
      Parameter("cursor", .text(maxLength: CursorCipher.maxLength), "`next` of the previous page"),
    ]
    if !sorts.isEmpty {
      let names = sorts.flatMap { [$0.name, "-\($0.name)"] }
      parameters.append(
        Parameter(
          "sort", .choice(names),
          "the order, descending with `-`; `\(isDescendingByItself ? "-" : "")\(sorts[0].name)` by default"))
    }
    if words != nil {
      parameters.append(Parameter("q", .text(maxLength: 100), "words that must all occur, ignoring case"))
    }
    return parameters + filters.map(\.parameter)
  }

  /// Schema of a page.
  var schema: ObjectSchema {
    ObjectSchema(
      name: view.schema.name + "List", summary: "A page of \(view.schema.name)",
      properties: [
        .init(name: "items", summary: "The page's items", schema: .list(.object(view.schema)), needs: nil),
        .init(
          name: "next", summary: "The cursor of the next page; null on the last page", schema: .nullable(.text),
          needs: nil),
        .init(
          name: "total", summary: "Number of matching items; null if not counted", schema: .nullable(.integer),
          needs: nil),
      ])
  }

  /// Returns a page.
  ///
  /// - Parameters:
  ///   - entries: all entries the viewer may see, in the order of their ids.
  ///   - arguments: query parameters of the request.
  ///   - sight: permissions of the viewer.
  /// - Throws: `Refusal.badRequest` if the cursor belongs to another list, filter or order.
  func page(of entries: ArraySlice<Entry>, _ arguments: Arguments, _ sight: VisibleSnapshot) throws(Refusal) -> JSON {
    let order = order(arguments)
    let limit = arguments.integer("limit") ?? Self.pageByItself
    let start = try arguments.cursor.map { (cursor) throws(Refusal) in
      try place(in: cursor, order, arguments)
    }
    let matching = matching(entries, arguments, sight)
    // Entries arrive in this order, so there is nothing to sort.
    guard let sort = order.sort else {
      let first = start.map { firstIndex(in: matching, after: $0.id) } ?? matching.startIndex
      return json(matching[first...].prefix(limit + 1), of: matching.count, limit, order, arguments, sight)
    }
    var keyed = matching.map { entry in (value: value(sort, entry, sight), id: id(entry), entry: entry) }
    if let start {
      keyed = keyed.filter {
        start.value.isBefore($0.value, descending: order.isDescending) ?? (start.id < $0.id)
      }
    }
    keyed.sort { $0.value.isBefore($1.value, descending: order.isDescending) ?? ($0.id < $1.id) }
    return json(keyed.prefix(limit + 1).map(\.entry)[...], of: matching.count, limit, order, arguments, sight)
  }

  // MARK: - Parts

  private struct Order {
    /// Nil for the order of the ids.
    let sort: Sort?
    let isDescending: Bool
    let name: String
  }

  private struct Place {
    let value: SortValue
    let id: String
  }

  private func order(_ arguments: Arguments) -> Order {
    guard let standard = sorts.first else { return Order(sort: nil, isDescending: false, name: "") }
    let asked = arguments["sort"] ?? (isDescendingByItself ? "-" : "") + standard.name
    let isDescending = asked.hasPrefix("-")
    let name = isDescending ? String(asked.dropFirst()) : asked
    let sort = sorts.first { $0.name == name } ?? standard
    return Order(sort: sort.name == "id" && !isDescending ? nil : sort, isDescending: isDescending, name: asked)
  }

  /// Returns the index of the first entry after an id, by binary search: entries are in the order of their ids.
  private func firstIndex(in entries: ArraySlice<Entry>, after last: String) -> Int {
    var low = entries.startIndex
    var high = entries.endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if id(entries[middle]) > last { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func value(_ sort: Sort, _ entry: Entry, _ sight: VisibleSnapshot) -> SortValue {
    if let needs = sort.needs, !sight.allows(needs, in: org(entry)) { return .none }
    return sort.value(entry, sight)
  }

  private func matching(_ entries: ArraySlice<Entry>, _ arguments: Arguments, _ sight: VisibleSnapshot) -> ArraySlice<
    Entry
  > {
    let words = (arguments["q"] ?? "").lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
    let active = filters.map { ($0, arguments.values($0.parameter.name)) }.filter { !$0.1.isEmpty }
    guard !words.isEmpty || !active.isEmpty else { return entries }
    return entries.filter { entry in
      for (filter, values) in active {
        if let needs = filter.needs, !sight.allows(needs, in: org(entry)) { return false }
        guard values.contains(where: { filter.holds(entry, $0, sight) }) else { return false }
      }
      guard !words.isEmpty, let text = self.words?(entry, sight) else { return true }
      return words.allSatisfy { text.contains($0) }
    }[...]
  }

  private func json(
    _ found: ArraySlice<Entry>, of total: Int, _ limit: Int, _ order: Order, _ arguments: Arguments,
    _ sight: VisibleSnapshot
  ) -> JSON {
    let items = found.prefix(limit)
    var next: JSON = .null
    if found.count > limit, let last = items.last {
      let value = order.sort.map { self.value($0, last, sight) } ?? .none
      let place: JSON = [.string(name(of: order, arguments)), value.json, .string(id(last))]
      next = JSON(arguments.seal.close(place.canonicalBytes))
    }
    return [
      "items": .array(items.map { view.json($0, sight) }), "next": next, "total": .integer(total),
    ]
  }

  /// Returns a digest of everything that must stay the same from page to page.
  private func name(of order: Order, _ arguments: Arguments) -> String {
    let text = "\(view.schema.name)\u{2}\(order.name)\u{2}\(arguments.text(without: ["cursor", "limit", "sort"]))"
    return String(((try? SHA256Digest.hex(of: Array(text.utf8))) ?? text).prefix(16))
  }

  private func place(in cursor: String, _ order: Order, _ arguments: Arguments) throws(Refusal) -> Place {
    guard let bytes = arguments.seal.open(cursor), let json = try? JSON(parsing: bytes), let parts = json.elements,
      parts.count == 3, parts[0].text == name(of: order, arguments), let value = SortValue(parts[1]),
      let id = parts[2].text
    else {
      throw .badRequest([ParameterFault("cursor", "the `next` of a page with the same filters and order")])
    }
    return Place(value: value, id: id)
  }
}
