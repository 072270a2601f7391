// Tables: sorting and paging by the server, row headers, and cards on phones.

import { h } from "../core/dom.js";
import { number } from "../core/format.js";
import { t } from "../core/i18n.js";
import { icon } from "./icons.js";
import { empty, show, skeletonRows } from "./page.js";

/** Widths of the window at which columns fold. On phones rows are cards, and nothing folds. */
const FOLDS = [
  { query: matchMedia("(max-width: 700px)"), level: 0 },
  { query: matchMedia("(max-width: 1120px)"), level: 3 },
  { query: matchMedia("(max-width: 1300px)"), level: 2 },
  { query: matchMedia("(max-width: 1500px)"), level: 1 },
];

const foldLevel = () => FOLDS.find(({ query }) => query.matches)?.level ?? 0;

/** Calls `draw` whenever the level of folding changes. */
export function whenFoldChanges(draw) {
  for (const { query } of FOLDS) query.addEventListener("change", draw);
}

/**
 * A table. `columns`: `{ key, label, cell(row), sort, isNumber, isHidden, fold }`; the first one names the row. In
 * narrow windows a column with `fold` moves below the row's name: 1 folds first, 3 last. With a `context`, a column's
 * heading sorts by its `sort`, an API word. ARIA roles are explicit because cards on phones set `display`, which
 * removes a table's semantics.
 * @param {{ context?: any, caption: string, columns: any[], rows: any[], rowKey: (row: any) => any, defaultSort?: string }} table
 */
export function dataTable({ context, caption, columns, rows, rowKey, defaultSort }) {
  const all = columns.filter((column) => !column.isHidden);
  const level = foldLevel();
  const isFolded = (column, index) => index > 0 && column.fold <= level;
  const visible = all.filter((column, index) => !isFolded(column, index));
  const folded = all.filter(isFolded);
  return h(
    "div", { class: "table-wrap cards", role: "region", "aria-label": caption, tabindex: "0" },
    h(
      "table", { class: "data", role: "table" },
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, visible.map((column) => heading(context, column, defaultSort)))),
      h("tbody", { role: "rowgroup" }, rows.map((row) => h(
        "tr", { key: rowKey(row), role: "row" },
        visible.map((column, index) => index === 0
          ? h("th", { scope: "row", role: "rowheader", key: column.key }, column.cell(row), folded.length > 0 && folds(folded, row))
          : h("td", { role: "cell", class: column.isNumber ? "num" : undefined, "data-label": column.label, key: column.key }, column.cell(row)))))),
    ),
  );
}

/** Folded columns of a row, each with its name. */
function folds(columns, row) {
  return h("dl", { class: "folds", key: "folds" }, columns.map((column) => h(
    "div", { key: column.key }, h("dt", null, column.label), h("dd", null, column.cell(row)))));
}

/** Heading of a column; a button that sorts if the column can be sorted. */
function heading(context, column, defaultSort) {
  const common = { scope: "col", role: "columnheader", class: column.isNumber ? "num" : undefined, key: column.key };
  if (!context || !column.sort) return h("th", common, column.label);
  const current = context.query.get("sort") ?? defaultSort ?? "";
  const isAscending = current === column.sort;
  const isDescending = current === `-${column.sort}`;
  return h(
    "th", { ...common, "aria-sort": isAscending ? "ascending" : isDescending ? "descending" : undefined },
    h("button", {
      class: "sort", type: "button",
      onclick: () => context.setQuery({ sort: isAscending ? `-${column.sort}` : column.sort, cursor: null }),
    }, column.label, icon(isAscending ? "up" : isDescending ? "down" : "sort", 14)),
  );
}

/** Rows on one page of a list. */
export const PAGE_SIZE = 50;

/** View of a list resource: table, empty state and pager. */
export function listView(context, name, { table, emptyTitle, emptyText }) {
  return show(context, name, (value) => {
    if (value.items.length === 0) {
      const isFiltered = [...context.query.keys()].some((key) => key !== "sort" && key !== "tab");
      return isFiltered
        ? empty(t("list.nothing.found"), t("list.nothing.found.text"), h("a", { class: "button", href: location.pathname }, t("list.clear")))
        : empty(emptyTitle, emptyText);
    }
    return [dataTable({ context, ...table, rows: value.items }), pager(context, value)];
  }, h("div", { class: "table-wrap" }, skeletonRows(8)));
}

/** Pager: the range shown, and links to the next and previous pages, whose cursors are kept in the history's state. */
export function pager(context, { items, next, total }) {
  const trail = context.historyState.trail ?? [];
  const cursor = context.query.get("cursor");
  const isKnown = !cursor || trail.length > 0;
  const first = trail.length * PAGE_SIZE + 1;
  const range = { first: number(first), last: number(first + items.length - 1), total: number(total) };
  return h(
    "nav", { class: "pager", "aria-label": t("list.pages") },
    h("span", { role: "status" },
      isKnown && total !== null ? t("list.range", range) : isKnown ? t("list.range.open", range) : total !== null ? t("list.total", { count: total }) : ""),
    h("span", { class: "spacer" }),
    cursor && h("button", {
      class: "button", type: "button", key: "previous",
      onclick: () => context.setQuery({ cursor: trail.at(-1) || null }, { state: { trail: trail.slice(0, -1) } }),
    }, icon("left", 16), trail.length > 0 ? t("list.previous") : t("list.first")),
    next && h("button", {
      class: "button", type: "button", key: "next",
      onclick: () => context.setQuery({ cursor: next }, { state: { trail: [...trail, cursor ?? ""] } }),
    }, t("list.next"), icon("right", 16)),
  );
}
