// Columns of key lists, and the description of a key's site.

import { h } from "../core/dom.js";
import { day, moment } from "../core/format.js";
import { t } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { icon } from "./icons.js";
import { ago } from "./page.js";
import { stateChip } from "./status.js";

/** Columns for this viewer; without permission to read keys there are no fingerprints. */
export function keyColumns(context) {
  return [
    { key: "name", label: t("field.key"), sort: "name", cell: (row) => [
      h("a", { href: to("keys", row.org, row.name), translate: "no" }, row.alias ?? row.name), h("span", { class: "sub", translate: "no" }, row.id)] },
    { key: "status", label: t("field.status"), sort: "status", cell: (row) => stateChip("key", row.status) },
    { key: "connection", label: t("field.connection"), isHidden: !context.can("metrics:read"), cell: connection },
    { key: "lastHandshake", label: t("field.lastHandshake"), sort: "lastHandshake", fold: 3, isHidden: !context.can("metrics:read"), cell: (row) => ago(row.lastHandshakeAt, t("keys.never")) },
    { key: "expires", label: t("field.expires"), sort: "expires", cell: expiry },
    { key: "site", label: t("field.site"), cell: (row) => site(row.site) },
    { key: "fingerprint", label: t("field.fingerprint"), fold: 3, isHidden: !context.can("keys:read"), cell: fingerprint },
  ];
}

/** Whether a key has a session. */
export function connection(row) {
  if (row.connected === null) return h("span", { class: "muted" }, "–");
  return row.connected
    ? h("span", { class: "chip ok" }, icon("circleCheck", 14), t("keys.connected"))
    : h("span", { class: "chip" }, icon("dot", 14), t("keys.unconnected"));
}

/** Expiry date of a key, with a warning if it is near. */
export function expiry(row) {
  const date = moment(row.expires);
  if (!date) return h("span", { class: "muted" }, t("keys.no.expiry"));
  const isNear = row.daysLeft !== null && row.daysLeft <= 30;
  return h("span", { class: "row expiry" }, h("time", { datetime: row.expires }, day(date)),
    isNear && h("span", { class: "chip warn" }, icon("warning", 14), row.daysLeft < 0 ? t("key.expired") : t("keys.days.left", { count: row.daysLeft })));
}

/** Location and subnet of a key's site. */
export function site(value) {
  if (!value) return h("span", { class: "muted" }, "–");
  return h("div", { translate: "no" }, value.location ?? value.region ?? "–", value.subnet && h("span", { class: "sub" }, value.subnet));
}

/** Fingerprint of a key; sealed keys have none. */
export function fingerprint(row) {
  if (row.fingerprint) return h("span", { class: "fingerprint" }, row.fingerprint);
  return h("span", { class: "muted" }, row.sealed ? t("keys.sealed") : "–");
}
