// Building blocks of pages: headings, panels, and the states of resources.

import { h } from "../core/dom.js";
import { clock, dateTime, moment, relative } from "../core/format.js";
import { serverNow } from "../core/api.js";
import { hasText, t } from "../core/i18n.js";
import { icon } from "./icons.js";

/**
 * Heading of a page, which gets the focus when the page changes.
 * @param {{ title: any, subtitle?: any, crumbs?: any[], aside?: any }} heading
 */
export function pageHead({ title, subtitle, crumbs = [], aside }) {
  return h(
    "header", { class: "page-head" },
    h(
      "div", { class: "titles" },
      crumbs.length > 0 && h(
        "nav", { "aria-label": t("nav.crumbs") },
        h("ol", { class: "crumbs" }, crumbs.map((crumb) => h("li", null, h("a", { href: crumb.href }, crumb.label))))),
      h("h1", { tabindex: "-1", id: "title" }, title),
      subtitle && h("p", null, subtitle),
    ),
    aside && h("div", { class: "row" }, aside),
  );
}

/**
 * Section of a page with a title.
 * @param {{ title: any, id?: string, aside?: any, flush?: boolean, class?: string, key?: any }} options
 * @param {...any} children
 */
export function panel({ title, id, aside, flush = false, class: extra = "", key }, ...children) {
  return h(
    "section", { class: `panel ${extra}`, "aria-labelledby": id, key: key ?? id },
    h("header", { class: "panel-head" }, h("h2", { id }, title), aside),
    h("div", { class: flush ? "panel-body flush" : "panel-body" }, children),
  );
}

const NOTICE_ICONS = { ok: "circleCheck", warn: "warning", bad: "critical", info: "info" };

/**
 * Message above the content that it concerns.
 * @param {"ok" | "warn" | "bad" | "info"} kind
 * @param {any} text
 * @param {{ action?: any, key?: any, role?: string }} options
 */
export function notice(kind, text, { action, key, role } = {}) {
  return h(
    "div", { class: `notice ${kind}`, key, role }, icon(NOTICE_ICONS[kind]), h("div", { class: "notice-text" }, text), action);
}

/**
 * Empty state.
 * @param {any} title
 * @param {any} [text]
 * @param {any} [action]
 */
export function empty(title, text, action) {
  return h("div", { class: "empty" }, icon("info", 24), h("strong", null, title), text && h("p", null, text), action);
}

/** Grey bars in place of content that is being loaded. */
export function skeletonRows(count = 6) {
  return h(
    "div", { role: "status" }, h("span", { class: "visually-hidden" }, t("state.loading")),
    h("div", { "aria-hidden": "true" }, Array.from({ length: count }, () => h(
      "div", { class: "skeleton-row" }, Array.from({ length: 4 }, () => h("span", { class: "skeleton" }))))));
}

/** A grey block in place of content that is being loaded. */
export function skeletonBlock(height = 120) {
  return h(
    "div", { role: "status" }, h("span", { class: "visually-hidden" }, t("state.loading")),
    h("span", { class: "skeleton", "aria-hidden": "true", css: { height: `${height}px` } }));
}

/** Explanation of a problem, and what to do about it. */
export function problemText(problem) {
  if (problem.status === 0) return t("problem.offline");
  if (problem.status === 403) return t("problem.forbidden");
  if (problem.status === 404) return t("problem.missing");
  if (problem.status === 429) return t("problem.limited");
  if (problem.status === 503) return t("problem.unavailable");
  if (problem.status === 400) return t("problem.bad");
  return t("problem.other", { status: problem.status });
}

/**
 * Shows a resource: `view(value)` if there is a value, else the skeleton or the problem. A value kept after a failed
 * read is shown and marked as stale.
 */
export function show(context, name, view, skeleton = skeletonRows()) {
  const entry = context.data[name];
  if (!entry) return null;
  const retry = h("button", { class: "button", type: "button", onclick: context.retry }, t("action.retry"));
  if (entry.value === undefined) {
    if (!entry.problem) return skeleton;
    return h("div", { class: "empty", role: "alert" }, icon("warning", 24), h("strong", null, t(entry.problem.status === 404 ? "missing.title" : "state.failed")),
      h("p", null, problemText(entry.problem)), entry.problem.status === 403 || entry.problem.status === 404 ? null : retry);
  }
  return [
    entry.problem && notice("warn", t("state.stale.since", { time: clock(new Date(entry.at), true), why: problemText(entry.problem) }), {
      action: retry, key: "stale", role: "status",
    }),
    h("div", { class: "shown", key: "shown", "aria-busy": entry.isBusy && entry.state === "loading" ? "true" : undefined }, view(entry.value)),
  ];
}

/**
 * A text of the server in the page's language, after its statements; as it came if it has none, or one that is not known.
 * What another program said stays in its words.
 * @param {string | null | undefined} text
 * @param {{ code: string, parameters: Record<string, string | number> }[] | null | undefined} statements
 */
export function serverText(text, statements) {
  if (!text && !statements?.length) return null;
  if (!statements?.length || !statements.every(({ code }) => hasText(`statement.${code}`))) return foreign(text);
  return statements.map(({ code, parameters }, index) => [
    index > 0 && " ", code === "quoted" ? foreign(parameters.text) : prose(t(`statement.${code}`, parameters)),
  ]);
}

/** What another program, or a server of another version, said. */
const foreign = (text) => h("span", { lang: "en" }, prose(text));

/** A sentence of the server: text between backquotes is code. */
export function prose(text) {
  return String(text).split("`").map((part, index) => (index % 2 === 1 ? h("code", null, part) : part));
}

/** A time, as its age, with the exact time in the tooltip. */
export function ago(value, missing = "–") {
  const date = moment(value);
  if (!date) return h("span", { class: "muted" }, missing);
  return h("time", { datetime: date.toISOString(), title: dateTime(date) }, relative(date, serverNow()));
}

/** A time, as date and time. */
export function at(value) {
  const date = moment(value);
  return date ? h("time", { datetime: date.toISOString() }, dateTime(date)) : h("span", { class: "muted" }, "–");
}

/** Pairs of names and values; pairs without a value are omitted. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== null && value !== false)
    .flatMap(([name, value], place) => [h("dt", { key: `name ${keyOf(name, place)}` }, name), h("dd", { key: `value ${keyOf(name, place)}` }, value)]));
}

/** Key of a pair: its name, or its index if the name is an element rather than a string. */
const keyOf = (name, place) => (typeof name === "string" ? name : place);

/** A file and line in Git, linked if the repository's web address is known. */
export function source(value) {
  if (!value) return null;
  const text = `${value.path}:${value.line}`;
  return value.url
    ? h("a", { href: value.url, rel: "noreferrer" }, h("code", null, text))
    : h("code", null, text);
}

/** Abbreviated commit id. */
export function commit(id) {
  return id ? h("code", { class: "hash", title: id }, id.slice(0, 10)) : h("span", { class: "muted" }, "–");
}
