// Filters above a list; their values are in the URL.

import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { icon } from "./icons.js";

let timer;

/** Milliseconds from the last keystroke to the request. */
const PAUSE = 250;

/** Search field of a list; `/` moves the focus here. */
export function searchField(context, placeholder) {
  return h(
    "div", { class: "search field", key: "search" },
    h("label", { for: "search" }, t("filter.search")),
    icon("search", 16),
    h("input", {
      class: "input", id: "search", type: "search", maxlength: "100", autocomplete: "off", spellcheck: "false", placeholder,
      value: context.query.get("q") ?? "",
      oninput: (event) => {
        const words = event.target.value;
        clearTimeout(timer);
        timer = setTimeout(() => context.setQuery({ q: words.trim() || null, cursor: null }, { replace: true }), PAUSE);
      },
    }),
    h("kbd", { "aria-hidden": "true" }, "/"),
  );
}

/** Choice of one value; `options` are pairs of an API word and its text. */
export function choice(context, name, label, options) {
  const id = `filter-${name}`;
  return h(
    "div", { class: "field", key: name },
    h("label", { for: id }, label),
    h("select", {
      class: "select", id, value: context.query.get(name) ?? "",
      onchange: (event) => context.setQuery({ [name]: event.target.value || null, cursor: null }),
    }, h("option", { value: "" }, t("filter.all")), options.map(([value, text]) => h("option", { value, key: value }, text))),
  );
}

/** Choice of an organization; absent for viewers who see only one. */
export function orgChoice(context, extra = []) {
  const names = context.me.orgs;
  if (names.length + extra.length < 2) return null;
  return choice(context, "org", t("field.org"), [...extra, ...names.map((name) => [name, name])]);
}

/** Filter by a typed time or word. */
export function textFilter(context, name, label, type = "text") {
  const id = `filter-${name}`;
  return h(
    "div", { class: "field", key: name },
    h("label", { for: id }, label),
    h("input", {
      class: "input", id, type, autocomplete: "off", value: context.query.get(name) ?? "",
      onchange: (event) => context.setQuery({ [name]: event.target.value.trim() || null, cursor: null }),
    }),
  );
}

/** Filters in one row, with a link that clears them. */
export function filterBar(context, ...fields) {
  const isSet = [...context.query.keys()].some((key) => !["sort", "cursor", "tab"].includes(key));
  return h(
    "div", { class: "filters", role: "search" }, fields,
    isSet && h("a", { class: "button", href: location.pathname, key: "clear" }, icon("close", 16), t("list.clear")));
}

/** Parameters of a list's request: the values from the URL's query, and the fixed ones. */
export function listParameters(context, names, fixed = {}) {
  const parameters = { ...fixed };
  for (const name of [...names, "sort", "cursor", "q"]) {
    const values = context.query.getAll(name);
    if (values.length > 0) parameters[name] = values;
  }
  return parameters;
}
