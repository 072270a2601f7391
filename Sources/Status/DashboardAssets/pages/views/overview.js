// The overview: key figures, alerts, and relays that need attention.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { bitRate, bytes, number, percent, rate } from "../core/format.js";
import { t } from "../core/i18n.js";
import { alertItem } from "../parts/alerts.js";
import { icon } from "../parts/icons.js";
import { ago, commit, empty, facts, notice, pageHead, panel, prose, serverText, show, skeletonRows } from "../parts/page.js";
import { relayColumns } from "../parts/relays.js";
import { spark } from "../parts/spark.js";
import { stateChip } from "../parts/status.js";
import { dataTable } from "../parts/table.js";

const WORST = 8;

export default {
  title: () => t("page.overview"),

  resources: (context) => ({
    ...(context.can("metrics:read") && {
      kpi: { path: apiPath("/kpi"), topics: ["kpi"] },
      alerts: { path: apiPath("/alerts", { limit: 8 }), topics: ["alerts"] },
    }),
    ...(context.can("relays:read") && {
      relays: {
        path: apiPath("/relays", context.can("metrics:read") ? { sort: "health", limit: WORST } : { limit: WORST }), topics: ["relays"],
      },
      sync: { path: apiPath("/sync"), topics: ["sync"] },
    }),
  }),

  view: (context) => [
    pageHead({ title: t("page.overview"), subtitle: t("overview.subtitle", { name: context.me.platform.name ?? "wpex" }) }),
    h("div", { class: "stack" },
      context.data.kpi && h("section", { "aria-label": t("overview.figures"), key: "kpi" }, show(context, "kpi", tiles, tileSkeletons())),
      h("div", { class: "grid", key: "grid" },
        context.data.relays && h("div", { class: context.data.kpi ? "span-8 stack" : "stack", key: "relays" }, panel(
          {
            title: context.can("metrics:read") ? t("overview.worst") : t("page.relays"), id: "worst", flush: true,
            aside: h("a", { href: "/relays?sort=health" }, t("overview.all.relays")),
          },
          show(context, "relays", (value) => worst(context, value), skeletonRows(WORST)))),
        h("div", { class: "span-4 stack", key: "side" },
          context.data.alerts && panel(
            { title: t("page.alerts"), id: "alerts", flush: true, aside: h("a", { href: "/alerts" }, t("overview.all.alerts")) },
            show(context, "alerts", alerts, skeletonRows(4))),
          context.data.sync && panel(
            { title: t("page.sync"), id: "sync", aside: h("a", { href: "/sync" }, t("overview.all.sync")) },
            show(context, "sync", synchronization, skeletonRows(2)))))),
  ],
};

function tile(key, label, value, note, drawing) {
  return h("div", { class: "tile", key }, h("dt", null, label), h("dd", null,
    h("div", { class: "value" }, h("data", { value }, value)), h("div", { class: "note" }, note)), drawing && h("dd", { class: "drawing", "aria-hidden": "true" }, drawing));
}

/** Stacked bar of shares; its note states them in words. */
function stackBar(parts) {
  const whole = parts.reduce((all, [, count]) => all + count, 0);
  let from = 0;
  return whole > 0 && h("svg", { class: "stack-bar", viewBox: "0 0 100 6", preserveAspectRatio: "none" }, parts.filter(([, count]) => count > 0).map(([kind, count]) => {
    const width = (100 * count) / whole;
    from += width;
    return h("rect", { class: kind, key: kind, x: (from - width).toFixed(2), y: 0, width: Math.max(0, width - 0.7).toFixed(2), height: 6 });
  }));
}

function tiles(kpi) {
  const { relays, health, series } = kpi;
  const attention = relays.failed + relays.starting + relays.unknown;
  return h("div", { class: "stack" },
    kpi.collection.state !== "live" && notice("warn", serverText(kpi.collection.message, kpi.collection.messageStatements) ?? t(`collection.${kpi.collection.state}.long`, {
      answering: kpi.collection.relaysAnswering, asked: kpi.collection.relaysAsked,
    }), { key: "collection" }),
    h("dl", { class: "tiles", key: "tiles" },
      tile("relays", t("kpi.relays"), `${number(relays.running)} / ${number(relays.declared)}`,
        attention > 0 ? counts({ failed: relays.failed, starting: relays.starting, unknown: relays.unknown })
          : t("kpi.relays.stopped", { count: relays.stopped }), stackBar([["ok", relays.running], ["info", relays.starting], ["bad", relays.failed], ["off", relays.stopped + relays.unknown]])),
      tile("health", t("kpi.health"), number(health.mean, 1),
        counts({ healthy: health.healthy, degraded: health.degraded, critical: health.critical }), spark(series.health)),
      tile("sessions", t("kpi.sessions"), number(kpi.sessions),
        t("kpi.sessions.note", { connected: number(kpi.peersConnected), expected: kpi.peersExpected }), spark(series.sessions)),
      tile("handshakes", t("kpi.handshakes"), percentOf(kpi.handshakes.successPercent),
        t("kpi.handshakes.note", { rate: rate(kpi.handshakes.perSecond) }), spark(series.handshakeSuccessPercent)),
      tile("throughput", t("kpi.throughput"), bitRate(sum(kpi.throughput.receivedBitsPerSecond, kpi.throughput.sentBitsPerSecond)),
        t("kpi.throughput.note", { received: bitRate(kpi.throughput.receivedBitsPerSecond), sent: bitRate(kpi.throughput.sentBitsPerSecond) }),
        spark(series.receivedBitsPerSecond.map((value, index) => sum(value, series.sentBitsPerSecond[index])))),
      tile("sla", t("kpi.sla"), percentOf(kpi.sla.attainedPercent, 2),
        kpi.sla.orgsBelowTarget > 0 ? t("kpi.sla.below", { count: kpi.sla.orgsBelowTarget }) : t("kpi.sla.met")),
      tile("orgs", t("kpi.orgs"), `${number(kpi.orgs.active)} / ${number(kpi.orgs.total)}`, t("kpi.orgs.note")),
      tile("keys", t("kpi.keys"), number(kpi.keys.active),
        counts({ expiring: kpi.keys.expiring, revoked: kpi.keys.revoked })),
      tile("bytes", t("kpi.bytes"), bytes(sum(kpi.bytes.received, kpi.bytes.sent)), t("kpi.bytes.note")),
      tile("alerts", t("kpi.alerts"), number(kpi.alerts.critical + kpi.alerts.warning + kpi.alerts.info),
        ["critical", "warning", "info"].map((severity) => t(`alerts.count.${severity}`, { count: kpi.alerts[severity] })).join(", "))));
}

/** Counts with their words, each in its plural form. */
const counts = (all) => Object.entries(all).map(([word, count]) => t(`kpi.count.${word}`, { count })).join(", ");
const sum = (one, other) => (one === null || other === null || one === undefined || other === undefined ? null : one + other);
const percentOf = (value, digits = 1) => (value === null ? "–" : percent(value / 100, digits));

function tileSkeletons() {
  return h("div", { class: "tiles", role: "status" }, h("span", { class: "visually-hidden" }, t("state.loading")),
    Array.from({ length: 10 }, (_, index) => h("div", { class: "tile", key: index, "aria-hidden": "true" },
      h("span", { class: "skeleton" }), h("span", { class: "skeleton" }), h("span", { class: "skeleton" }))));
}

function worst(context, { items }) {
  if (items.length === 0) return empty(t("relays.none"), t("relays.none.text"));
  const wanted = context.can("metrics:read") ? ["name", "status", "health", "sessions", "alerts"] : ["name", "status", "region", "keys"];
  return dataTable({
    caption: t("overview.worst"), rows: items, rowKey: (row) => row.id,
    columns: relayColumns(context).filter((column) => wanted.includes(column.key)),
  });
}

function alerts({ items }) {
  if (items.length === 0) return empty(t("alerts.none.long"), t("alerts.none.text"));
  return h("ul", { class: "items" }, items.map(alertItem));
}

function synchronization(sync) {
  return [
    sync.problem && notice("bad", h("span", { lang: "en" }, prose(sync.problem)), { key: "problem" }),
    facts([
      [t("field.state"), stateChip("sync", sync.state)],
      [t("field.commit"), sync.head ? h("span", { class: "row" }, commit(sync.head.id), stateChip("commit", sync.head.state)) : undefined],
      [t("field.author"), sync.head?.author],
      [t("field.time"), sync.head?.time && ago(sync.head.time)],
      [t("field.held"), sync.held.length > 0 ? h("span", { class: "chip warn" }, icon("warning", 14), t("sync.held.count", { count: sync.held.reduce((sum, plan) => sum + plan.changes, 0) })) : undefined],
      [t("field.errors"), sync.diagnosticsTotal > 0 ? t("sync.messages", { count: sync.diagnosticsTotal }) : undefined],
    ]),
  ];
}
