// The audit log, and the result of its verification.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { hasText, t, term } from "../core/i18n.js";
import { copyable } from "../parts/commands.js";
import { choice, filterBar, listParameters, orgChoice, textFilter } from "../parts/filters.js";
import { ago, at, commit, notice, pageHead, show, skeletonBlock } from "../parts/page.js";
import { stateChip } from "../parts/status.js";
import { listView, PAGE_SIZE } from "../parts/table.js";

const ACTIONS = [
  "daemon.started", "daemon.stopped", "leadership.gained", "leadership.lost", "apply.intended", "apply.finished", "health.reached",
  "health.missed", "relay.in-force", "object.created", "object.updated", "object.deleted", "object.failed", "drift.corrected",
  "organization.failed", "commit.accepted", "rejected.invalid", "rejected.non_fast_forward", "rejected.unsigned",
  "rejected.unauthorized", "held", "hold.approved", "login", "login.refused", "diagnostics.run", "audit.imported",
];
const FILTERS = ["org", "actor", "action", "kind", "name", "outcome", "commit", "since", "until"];
const NOTICES = { verified: "ok", checking: "info", broken: "bad", unavailable: "warn" };

export default {
  title: () => t("page.audit"),

  resources: (context) => ({
    audit: { path: apiPath("/audit", listParameters(context, FILTERS, { limit: PAGE_SIZE })), topics: ["audit"] },
    ...(context.canEverywhere("audit:read") && { verification: { path: apiPath("/audit/verification"), topics: ["audit"] } }),
  }),

  view: (context) => [
    pageHead({ title: t("page.audit"), subtitle: t("audit.subtitle") }),
    context.data.verification && h("div", { class: "notices", key: "verification" }, show(context, "verification", verification, skeletonBlock(62))),
    filterBar(
      context, orgChoice(context), textFilter(context, "actor", t("field.actor")), choice(context, "action", t("field.action"), ACTIONS.map((word) => [word, word])),
      choice(context, "outcome", t("field.outcome"), ["success", "failure", "refused", "held", "notice"].map((word) => [word, term("outcome", word)])),
      textFilter(context, "commit", t("field.commit")),
      textFilter(context, "since", t("field.since"), "date"), textFilter(context, "until", t("field.until"), "date")),
    listView(context, "audit", {
      table: {
        caption: t("page.audit"), rowKey: (row) => row.id,
        columns: [
          { key: "action", label: t("field.action"), cell: (row) => [
            hasText(`audit.action.${row.action}`) ? t(`audit.action.${row.action}`) : h("span", { lang: "en" }, row.summary),
            row.detail && h("span", { class: "sub", lang: "en" }, row.detail), h("span", { class: "sub", translate: "no" }, row.action)] },
          { key: "outcome", label: t("field.outcome"), cell: (row) => stateChip("outcome", row.outcome) },
          { key: "object", label: t("field.object"), fold: 3, cell: (row) => row.name ? h("div", { translate: "no" }, row.name, h("span", { class: "sub" }, [row.kind, row.org].filter(Boolean).join(" · "))) : h("span", { translate: "no" }, row.org ?? "–") },
          { key: "actor", label: t("field.actor"), cell: (row) => h("div", { translate: "no" }, row.actor ? h("a", { href: actorPath(context, row.actor) }, row.actor) : "–", row.signer && h("span", { class: "sub" }, row.signer)) },
          { key: "commit", label: t("field.commit"), fold: 2, cell: (row) => commit(row.commit) },
          { key: "time", label: t("field.time"), cell: (row) => h("div", null, ago(row.time), h("span", { class: "sub" }, at(row.time))) },
        ],
      },
      emptyTitle: t("audit.none"), emptyText: t("audit.none.text"),
    }),
    context.canEverywhere("audit:read") && h("div", { class: "stack-s audit-export", key: "export" }, h("p", { class: "muted" }, t("audit.export")), copyable("wpex audit export > audit.jsonl", t("audit.export"))),
  ],
};

/** Path of the same list, filtered by one actor. */
function actorPath(context, actor) {
  const query = context.query;
  query.set("actor", actor);
  query.delete("cursor");
  return `/audit?${query}`;
}

function verification(value) {
  return notice(NOTICES[value.state] ?? "info", h("div", null,
    h("span", { class: "row" }, stateChip("verification", value.state), value.checkedAt && ago(value.checkedAt)),
    h("p", null, value.state === "verified"
      ? t("audit.verified", { count: value.records })
      : [t(`audit.${value.state}`), value.message && [" ", h("span", { lang: "en" }, value.message)]])));
}
