// States: always an icon and a text, with colour only in addition.

import { h } from "../core/dom.js";
import { number } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { icon } from "./icons.js";

const TONES = {
  grade: { healthy: "ok", degraded: "warn", critical: "bad", stopped: "off", unknown: "off", connected: "ok", idle: "off", down: "bad" },
  relay: { current: "ok", inProgress: "info", failed: "bad", unreachable: "bad", stopped: "off", unknown: "off" },
  org: { active: "ok", pending: "warn", disabled: "off" },
  user: { active: "ok", pending: "warn", disabled: "off" },
  key: { active: "ok", revoked: "bad", expired: "warn" },
  peer: { connected: "ok", idle: "off", never: "off", unknown: "off" },
  severity: { critical: "bad", warning: "warn", info: "info" },
  outcome: { success: "ok", failure: "bad", refused: "bad", held: "warn", notice: "info" },
  sync: { current: "ok", held: "warn", failing: "bad", kept: "warn", unknown: "off" },
  commit: { applied: "ok", "partly-applied": "warn", held: "warn", "kept-back": "warn", refused: "bad", pending: "info" },
  verification: { verified: "ok", checking: "info", broken: "bad", unavailable: "off" },
  freshness: { live: "ok", stale: "warn", unreachable: "bad", off: "off" },
  collection: { live: "ok", partial: "warn", stale: "warn", off: "off" },
  edge: { up: "ok", down: "off", unknown: "off" },
  declared: { running: "ok", stopped: "off" },
  instance: { ready: "ok", waiting: "warn" },
  member: { ready: "ok", joining: "info", suspect: "warn", lost: "bad" },
  force: { "in-force": "ok", pending: "info", "not-in-force": "bad", idle: "off" },
  agreement: { yes: "ok", no: "warn" },
  reached: { yes: "ok", no: "bad", unknown: "off" },
  measurement: { reached: "ok", unanswered: "bad", refused: "bad", failed: "bad", begun: "info" },
  diagnostic: { error: "bad", warning: "warn", note: "info" },
};

const ICONS = { ok: "circleCheck", warn: "warning", bad: "critical", info: "progress", off: "pause" };
const OWN_ICONS = {
  unknown: "question", info: "info", notice: "info", idle: "dot", never: "dot", verified: "shield",
  broken: "shieldBroken", unavailable: "question",
};

/** Tone of a state: `ok`, `warn`, `bad`, `info` or `off`. */
export function tone(group, word) {
  return TONES[group]?.[word] ?? "off";
}

/** Name of the icon of a state. */
export function iconOf(group, word) {
  return OWN_ICONS[word] ?? ICONS[tone(group, word)];
}

/** An API state as a chip. */
export function stateChip(group, word) {
  if (word === null || word === undefined) return h("span", { class: "muted" }, "–");
  return h("span", { class: `chip ${tone(group, word)}` }, icon(iconOf(group, word), 14), term(group, word));
}

/** State of a relay; a running one with poor health is not shown as good. */
export function relayState(row) {
  const grade = row.health?.grade;
  const isBad = row.status === "current" && (grade === "critical" || grade === "degraded");
  return isBad ? h("span", { class: "chip off" }, icon("dot", 14), term("relay", row.status)) : stateChip("relay", row.status);
}

/** Reason why a relay does not run the newest commit; nothing if it does. */
export function stayingChip({ staying }) {
  if (!staying) return null;
  return h("span", { class: "chip warn", title: t(`staying.${staying.reason}.long`) }, icon("pause", 14),
    t(`staying.${staying.reason}${staying.reason === "kept" && staying.commit ? ".at" : ""}`, { commit: staying.commit?.slice(0, 10) }));
}

/** Health of a relay or an organization: score and grade. */
export function health(value) {
  if (!value) return h("span", { class: "muted" }, "–");
  if (value.score === null) return stateChip("grade", value.grade);
  return h(
    "span", { class: "meter" }, meterTrack(value.score / 100, tone("grade", value.grade)),
    h("data", { value: value.score }, number(value.score)),
    h("span", { class: `chip ${tone("grade", value.grade)}` }, icon(iconOf("grade", value.grade), 14), term("grade", value.grade)),
  );
}

/** Bar filled to a fraction from 0 to 1. Decorative: the figure is beside it. */
export function meterTrack(share, kind = "") {
  return h(
    "span", { class: "meter-track", "aria-hidden": "true" },
    h("span", { class: `meter-fill ${kind}`, css: { "--share": String(Math.max(0, Math.min(1, share))) } }));
}

/** Numbers of alerts by severity. */
export function alertCounts(alerts) {
  if (!alerts) return h("span", { class: "muted" }, "–");
  const parts = ["critical", "warning", "info"].filter((severity) => alerts[severity] > 0);
  if (parts.length === 0) return h("span", { class: "muted" }, t("alerts.none"));
  return h("span", { class: "row counts" }, parts.map((severity) => {
    const text = t(`alerts.count.${severity}`, { count: alerts[severity] });
    return h("span", { class: `chip ${tone("severity", severity)}`, key: severity, title: text }, icon(iconOf("severity", severity), 14),
      h("span", { "aria-hidden": "true" }, number(alerts[severity])), h("span", { class: "visually-hidden" }, text));
  }));
}

/** Numbers of an organization's relays by state, in short form. */
export function relayCounts(relays) {
  if (!relays) return "–";
  return t("relays.running.of", { running: relays.running, declared: relays.declared });
}
