// The list of alerts.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { t, term } from "../core/i18n.js";
import { subject } from "../parts/alerts.js";
import { choice, filterBar, listParameters, orgChoice } from "../parts/filters.js";
import { ago, pageHead, serverText } from "../parts/page.js";
import { stateChip } from "../parts/status.js";
import { listView, PAGE_SIZE } from "../parts/table.js";

const KINDS = [
  "relay-down", "relay-critical", "restarts", "handshake-success", "port-unreachable", "member-missing", "members-disagree", "not-in-force", "bandwidth",
  "organization-bandwidth", "key-expiring", "key-expired", "sla", "sync-failing", "sync-held", "organization-kept", "drift", "collector",
];

export default {
  title: () => t("page.alerts"),

  resources: (context) => ({
    alerts: { path: apiPath("/alerts", listParameters(context, ["org", "severity", "kind"], { limit: PAGE_SIZE })), topics: ["alerts"] },
  }),

  view: (context) => [
    pageHead({ title: t("page.alerts"), subtitle: t("alerts.subtitle") }),
    filterBar(
      context, orgChoice(context),
      choice(context, "severity", t("field.severity"), ["critical", "warning", "info"].map((word) => [word, term("severity", word)])),
      choice(context, "kind", t("field.kind"), KINDS.map((word) => [word, term("alert", word)]))),
    listView(context, "alerts", {
      table: {
        caption: t("page.alerts"), rowKey: (row) => row.id, defaultSort: "severity",
        columns: [
          { key: "alert", label: t("field.alert"), cell: (row) => [
            h("span", null, term("alert", row.kind)), row.detail && h("span", { class: "sub" }, serverText(row.detail, row.detailStatements))] },
          { key: "severity", label: t("field.severity"), sort: "severity", cell: (row) => stateChip("severity", row.severity) },
          { key: "subject", label: t("field.subject"), cell: subject },
          { key: "org", label: t("field.org"), sort: "org", fold: 3, cell: (row) => h("span", { translate: "no" }, row.org ?? t("alerts.platform")) },
          { key: "since", label: t("field.since"), sort: "since", cell: (row) => ago(row.since) },
        ],
      },
      emptyTitle: t("alerts.none.long"), emptyText: t("alerts.none.text"),
    }),
  ],
};
