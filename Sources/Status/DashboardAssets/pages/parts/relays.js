// Columns of relay lists.

import { h } from "../core/dom.js";
import { bitRate, number, percent } from "../core/format.js";
import { t } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { alertCounts, health, relayState, stayingChip } from "./status.js";

const success = (value) => (value === null || value === undefined ? "–" : percent(value / 100));

/** Columns for this viewer. */
export function relayColumns(context) {
  const isMeasured = context.can("metrics:read");
  const isOld = (row) => row.freshness === "stale" || row.freshness === "unreachable";
  const figure = (row, text) => h("data", { value: "", class: isOld(row) ? "muted" : undefined, title: isOld(row) ? t("freshness.stale.long") : undefined }, text);
  return [
    { key: "name", label: t("field.relay"), sort: "name", cell: (row) => [
      h("a", { href: to("relays", row.org, row.name), translate: "no" }, row.name), h("span", { class: "sub", translate: "no" }, row.org)] },
    { key: "status", label: t("field.status"), sort: "status", cell: (row) => h("span", { class: "row states" }, relayState(row), stayingChip(row)) },
    { key: "health", label: t("field.health"), sort: "health", isHidden: !isMeasured, cell: (row) => row.status === "unreachable" ? h("span", { class: "muted" }, "–") : health(row.health) },
    { key: "region", label: t("field.region"), sort: "region", fold: 2, cell: (row) => h("div", { translate: "no" }, row.regions.join(", "), h("span", { class: "sub" }, row.endpoint ?? (row.endpointState === "pending" ? t("endpoint.pending", { port: row.port }) : undefined))) },
    { key: "sessions", label: t("field.sessions"), fold: 3, sort: "sessions", isNumber: true, isHidden: !isMeasured, cell: (row) => figure(row, number(row.metrics?.sessions)) },
    { key: "peers", label: t("field.peers"), fold: 2, isNumber: true, isHidden: !isMeasured, cell: (row) => figure(row, row.metrics ? `${number(row.metrics.peersConnected)} / ${number(row.metrics.peersExpected)}` : "–") },
    { key: "success", label: t("field.handshakes"), fold: 1, isNumber: true, isHidden: !isMeasured, cell: (row) => figure(row, success(row.metrics?.handshakeSuccessPercent)) },
    { key: "throughput", label: t("field.throughput"), sort: "throughput", isNumber: true, isHidden: !isMeasured, cell: (row) => figure(row, throughput(row.metrics)) },
    { key: "keys", label: t("page.keys"), isNumber: true, isHidden: isMeasured, cell: (row) => h("data", { value: row.keys.active }, `${number(row.keys.active)} / ${number(row.keys.declared)}`) },
    { key: "alerts", label: t("page.alerts"), sort: "alerts", isHidden: !isMeasured, cell: (row) => alertCounts(row.alerts) },
  ];
}

function throughput(metrics) {
  if (!metrics || metrics.receivedBitsPerSecond === null) return "–";
  return bitRate(metrics.receivedBitsPerSecond + (metrics.sentBitsPerSecond ?? 0));
}
