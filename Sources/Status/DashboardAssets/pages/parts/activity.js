// Activity of a relay: events, log, probes and measurements.

import { h } from "../core/dom.js";
import { clock, milliseconds, moment, number } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { commandList } from "./commands.js";
import { icon } from "./icons.js";
import { ago, empty, panel } from "./page.js";
import { stateChip } from "./status.js";

/** Events of a relay: warnings and notices of its runtime. */
export function events(all) {
  if (!all || all.length === 0) return h("div", { class: "panel" }, empty(t("events.none"), t("events.none.text")));
  return h("div", { class: "panel" }, h("ul", { class: "items" }, all.map((event, index) => h(
    "li", { key: `${event.at} ${event.reason} ${index}` },
    h("span", { class: `severity ${event.kind === "Warning" ? "warn" : "info"}` }, icon(event.kind === "Warning" ? "warning" : "info", 18),
      h("span", { class: "visually-hidden" }, t(event.kind === "Warning" ? "severity.warning" : "severity.info"))),
    h("div", { class: "item-text" }, h("strong", { translate: "no" }, event.reason), event.count > 1 && h("span", { class: "muted" }, " ", t("events.times", { count: event.count })),
      h("p", { lang: "en" }, event.message)),
    ago(event.at)))));
}

/** Lines of the log, with time and level. */
export function logLines(log) {
  if (!log || log.lines.length === 0) return h("div", { class: "panel" }, empty(t("log.none"), t("log.none.text")));
  return h("div", { class: "stack" },
    log.truncated && h("p", { class: "muted small", key: "truncated" }, t("log.truncated")),
    h("pre", { class: "log panel", tabindex: "0", role: "region", "aria-label": t("tab.log"), translate: "no" }, h("code", null, log.lines.map((line) => {
      const date = moment(line.at);
      return `${date ? clock(date, true) : "        "}  ${(line.level ?? "").padEnd(7)}  ${line.text}`;
    }).join("\n"))));
}

/** Declared probes and recorded measurements, with the commands for new ones. */
export function probes(relay) {
  const commands = relay.commands.filter((command) => command.action.startsWith("diag-"));
  return h("div", { class: "stack" },
    panel({ title: t("probes.declared"), id: "probes", flush: true }, !relay.probes || relay.probes.length === 0
      ? empty(t("probes.none"), t("probes.none.text"))
      : h("ul", { class: "items" }, relay.probes.map(probe))),
    panel({ title: t("measurements.title"), id: "measurements", flush: true }, !relay.diagnostics || relay.diagnostics.length === 0
      ? empty(t("measurements.none"), t("measurements.none.text"))
      : h("ul", { class: "items" }, relay.diagnostics.map(measurement))),
    commands.length > 0 && panel({ title: t("commands.title"), id: "commands" }, commandList(commands)));
}

const reached = (value) => stateChip("reached", value === true ? "yes" : value === false ? "no" : "unknown");

function probe(one) {
  const times = one.milliseconds ?? [];
  return h("li", { key: one.name }, h("div", { class: "item-text" },
    h("div", { class: "row" }, h("strong", { translate: "no" }, one.name), one.kind && h("span", { class: "muted" }, term("probe", one.kind)), one.target && h("code", null, one.target), reached(one.reached)),
    times.length > 0 && h("p", { class: "small" }, t("probes.answers", { received: one.received, sent: one.sent }), " · ", h("data", { value: "" }, times.map(milliseconds).join(" · "))),
    one.hops?.length > 0 && h("ol", { class: "hops small" }, one.hops.map((hop) => h("li", { key: hop.hop }, h("code", null, hopText(hop))))),
    one.failure && h("p", { class: "small", lang: "en" }, one.failure)),
  one.at && ago(one.at));
}

function measurement(one) {
  return h("li", { key: one.id }, h("div", { class: "item-text" },
    h("div", { class: "row" }, h("strong", null, term("probe", one.kind)), h("code", null, one.target), stateChip("measurement", one.outcome)),
    one.summary && h("p", { class: "small", lang: "en" }, one.summary),
    one.by && h("p", { class: "small muted" }, t("measurements.by"), " ", h("span", { translate: "no" }, one.by))),
  ago(one.at));
}

const hopText = (hop) => `${number(hop.hop)}  ${hop.address ?? "*"}  ${hop.milliseconds.map(milliseconds).join(" · ")}`;
