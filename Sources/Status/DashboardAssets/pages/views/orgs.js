// The list of organizations.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { bitRate, number, percent } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { choice, filterBar, listParameters, searchField } from "../parts/filters.js";
import { icon } from "../parts/icons.js";
import { pageHead } from "../parts/page.js";
import { alertCounts, health, relayCounts, stateChip } from "../parts/status.js";
import { listView, PAGE_SIZE } from "../parts/table.js";

export default {
  title: () => t("page.orgs"),

  resources: (context) => ({
    orgs: { path: apiPath("/orgs", listParameters(context, ["status", "problems"], { limit: PAGE_SIZE })), topics: ["orgs"] },
  }),

  view: (context) => [
    pageHead({ title: t("page.orgs"), subtitle: t("orgs.subtitle") }),
    filterBar(
      context, searchField(context, t("orgs.search")),
      choice(context, "status", t("field.status"), ["active", "pending", "disabled"].map((word) => [word, term("org", word)])),
      context.can("metrics:read") && choice(context, "problems", t("field.problems"), [["true", t("orgs.with.problems")], ["false", t("orgs.without.problems")]])),
    listView(context, "orgs", {
      table: { caption: t("page.orgs"), columns: columns(context), rowKey: (row) => row.name, defaultSort: "id" },
      emptyTitle: t("orgs.none"), emptyText: t("orgs.none.text"),
    }),
  ],
};

function columns(context) {
  const isMeasured = context.can("metrics:read");
  return [
    { key: "name", label: t("field.org"), sort: "name", cell: (row) => [
      h("a", { href: to("orgs", row.name), translate: "no" }, row.displayName ?? row.name), h("span", { class: "sub", translate: "no" }, row.name)] },
    { key: "status", label: t("field.status"), fold: 3, cell: (row) => stateChip("org", row.status) },
    { key: "health", label: t("field.health"), sort: "health", isHidden: !isMeasured, cell: (row) => health(row.health) },
    { key: "relays", label: t("page.relays"), sort: "relays", cell: (row) => relayCounts(row.relays) },
    { key: "keys", label: t("page.keys"), fold: 1, isNumber: true, cell: (row) => h("data", { value: row.keys }, number(row.keys)) },
    { key: "users", label: t("page.users"), fold: 1, isNumber: true, isHidden: !context.can("users:read"), cell: (row) => h("data", { value: row.users }, number(row.users)) },
    { key: "throughput", label: t("field.throughput"), fold: 2, isNumber: true, isHidden: !isMeasured, cell: (row) => h("data", { value: "" }, row.throughput && row.throughput.receivedBitsPerSecond !== null
      ? bitRate(row.throughput.receivedBitsPerSecond + row.throughput.sentBitsPerSecond) : "–") },
    { key: "sla", label: t("field.sla"), fold: 3, isHidden: !isMeasured, cell: (row) => sla(row.sla) },
    { key: "sync", label: t("page.sync"), isHidden: !context.can("relays:read"), cell: (row) => stateChip("sync", row.sync?.state) },
    { key: "alerts", label: t("page.alerts"), sort: "alerts", isHidden: !isMeasured, cell: (row) => alertCounts(row.alerts) },
  ];
}

/** Attained SLA beside its target. */
export function sla(value) {
  if (!value || value.attainedPercent === null) return h("span", { class: "muted" }, "–");
  return h("span", { class: "row sla" }, h("data", { value: value.attainedPercent }, percent(value.attainedPercent / 100, 2)),
    value.targetPercent !== null && h("span", { class: `chip ${value.met ? "ok" : "bad"}` }, icon(value.met ? "circleCheck" : "critical", 14),
      t(value.met ? "sla.met" : "sla.missed", { target: percent(value.targetPercent / 100, 2) })));
}
