// An alert: severity, subject and start.

import { h } from "../core/dom.js";
import { term } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { icon } from "./icons.js";
import { ago, serverText } from "./page.js";
import { iconOf, tone } from "./status.js";

/** Subject of an alert, linked if it has a page. */
export function subject(alert) {
  const { kind, org, name } = alert.subject;
  const label = org && kind !== "org" ? `${org}/${name}` : name ?? org ?? term("subject", kind);
  if (kind === "relay") return h("a", { href: to("relays", org, name), translate: "no" }, label);
  if (kind === "key") return h("a", { href: to("keys", org, name), translate: "no" }, label);
  if (kind === "org") return h("a", { href: to("orgs", org ?? name), translate: "no" }, label);
  return h("span", { translate: "no" }, label);
}

/** List item of an alert. */
export function alertItem(alert) {
  return h(
    "li", { key: alert.id },
    h("span", { class: `severity ${tone("severity", alert.severity)}` }, icon(iconOf("severity", alert.severity), 18),
      h("span", { class: "visually-hidden" }, term("severity", alert.severity))),
    h("div", { class: "item-text" },
      h("div", { class: "row item-head" }, h("strong", null, term("alert", alert.kind)), subject(alert)),
      alert.detail && h("p", { class: "small muted" }, serverText(alert.detail, alert.detailStatements)), ago(alert.since)));
}
