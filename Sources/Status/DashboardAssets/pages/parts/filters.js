// The filters above a list; the URL holds what they are set to.

import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { icon } from "./icons.js";

let timer;

/** Milliseconds after the last letter until the server is asked. */
const PAUSE = 250;

/** The words that a list is searched for; `/` puts the focus here. */
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

/** A choice of one value; `options` are pairs of the API's word and its text. */
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

/** The choice of an organization; not there for who sees only one. */
export function orgChoice(context, extra = []) {
  const names = context.me.orgs;
  if (names.length + extra.length < 2) return null;
  return choice(context, "org", t("field.org"), [...extra, ...names.map((name) => [name, name])]);
}

/** A moment or a word typed in full. */
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

/** The filters in one line, with a way to clear them. */
export function filterBar(context, ...fields) {
  const isSet = [...context.query.keys()].some((key) => !["sort", "cursor", "tab"].includes(key));
  return h(
    "div", { class: "filters", role: "search" }, fields,
    isSet && h("a", { class: "button", href: location.pathname, key: "clear" }, icon("close", 16), t("list.clear")));
}

/** The query's values that a list's request takes, with those that are always asked for. */
export function listParameters(context, names, fixed = {}) {
  const parameters = { ...fixed };
  for (const name of [...names, "sort", "cursor", "q"]) {
    const values = context.query.getAll(name);
    if (values.length > 0) parameters[name] = values;
  }
  return parameters;
}
