// Applied commits, held changes and compiler diagnostics.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { number } from "../core/format.js";
import { t } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { copyable } from "../parts/commands.js";
import { diagnosticList } from "../parts/diagnostics.js";
import { icon } from "../parts/icons.js";
import { ago, commit, empty, facts, notice, pageHead, panel, prose, serverText, show, skeletonBlock, skeletonRows } from "../parts/page.js";
import { iconOf, relayCounts, stateChip, tone } from "../parts/status.js";
import { dataTable } from "../parts/table.js";

const COMMITS = 20;

export default {
  title: () => t("page.sync"),

  resources: () => ({
    sync: { path: apiPath("/sync"), topics: ["sync"] },
    commits: { path: apiPath("/sync/commits", { limit: COMMITS }), topics: ["sync"] },
  }),

  view: (context) => [
    pageHead({ title: t("page.sync"), subtitle: t("sync.subtitle"), aside: context.data.sync?.value && stateChip("sync", context.data.sync.value.state) }),
    show(context, "sync", (sync) => h("div", { class: "stack" },
      sync.problem && notice("bad", h("span", { lang: "en" }, prose(sync.problem)), { key: "problem", role: "alert" }),
      sync.held.map(held),
      h("div", { class: "grid", key: "grid" },
        h("div", { class: "span-7 stack", key: "left" },
          panel({ title: t("page.orgs"), id: "orgs", flush: true }, sync.orgs.length === 0 ? empty(t("orgs.none"), t("orgs.none.text")) : organizations(context, sync.orgs)),
          sync.diagnostics.length > 0 && panel({ title: t("sync.diagnostics"), id: "diagnostics", aside: h("span", { class: "count" }, number(sync.diagnosticsTotal)) },
            diagnosticList(sync.diagnostics), sync.diagnosticsTotal > sync.diagnostics.length && h("p", { class: "muted" }, t("sync.more", { count: sync.diagnosticsTotal - sync.diagnostics.length })))),
        h("div", { class: "span-5 stack", key: "right" },
          panel({ title: t("sync.source"), id: "source" }, facts([
            [t("field.repository"), sync.source && h("span", { translate: "no" }, sync.source)],
            [t("sync.head"), sync.head ? h("span", { class: "row" }, commit(sync.head.id), stateChip("commit", sync.head.state)) : undefined],
            [t("field.author"), sync.head?.author && h("span", { translate: "no" }, sync.head.author)],
            ...sync.regions.map((region) => [h("span", { translate: "no" }, region.name), h("span", { class: "row" },
              stateChip("sync", region.state), commit(region.applied), region.outcome && h("span", { class: "small muted" }, serverText(region.outcome, region.outcomeStatements)))]),
          ])),
          panel({ title: t("sync.commits"), id: "commits" }, show(context, "commits", timeline, skeletonRows(4)))))), skeletonBlock(520)),
  ],
};

function held(plan) {
  return h("div", { key: `held ${plan.region} ${plan.digest}` }, notice("warn", h("div", { class: "stack-s" },
    h("strong", null, t("sync.held.in", { region: plan.region })),
    h("p", null, t("sync.held.count", { count: plan.changes })),
    h("ul", null, plan.reasons.map((reason, index) => h("li", { key: index }, h("span", { translate: "no" }, reason.org), reason.org && ": ", serverText(reason.reason, reason.reasonStatements)))),
    plan.command && copyable(plan.command, t("command.approve-plan")))));
}

function organizations(context, orgs) {
  return dataTable({
    caption: t("page.orgs"), rows: orgs, rowKey: (row) => row.org,
    columns: [
      { key: "org", label: t("field.org"), cell: (row) => context.can("orgs:read") ? h("a", { href: to("orgs", row.org), translate: "no" }, row.org) : h("span", { translate: "no" }, row.org) },
      { key: "state", label: t("field.state"), cell: (row) => stateChip("sync", row.state) },
      { key: "relays", label: t("page.relays"), cell: (row) => relayCounts(row.relays) },
      { key: "errors", label: t("sync.messages.short"), cell: (row) => row.errors + row.warnings === 0 ? h("span", { class: "muted" }, t("answer.none"))
        : h("span", { class: "row" }, row.errors > 0 && count("bad", "critical", t("sync.errors", { count: row.errors })), row.warnings > 0 && count("warn", "warning", t("sync.warnings", { count: row.warnings }))) },
      { key: "held", label: t("field.held"), isNumber: true, cell: (row) => h("data", { value: row.held }, number(row.held)) },
      { key: "drifted", label: t("sync.drift"), fold: 1, isNumber: true, cell: (row) => h("data", { value: row.drifted }, number(row.drifted)) },
      { key: "commit", label: t("field.commit"), fold: 1, cell: (row) => commit(row.commit) },
    ],
  });
}

const count = (kind, symbol, text) => h("span", { class: `chip ${kind}` }, icon(symbol, 14), text);

function timeline({ items }) {
  if (items.length === 0) return empty(t("sync.commits.none"), t("sync.commits.none.text"));
  return h("ol", { class: "timeline" }, items.map((one) => h(
    "li", { key: one.id, class: `is-${tone("commit", one.state)}` }, icon(iconOf("commit", one.state), 16),
    h("div", { class: "row" }, h("strong", { translate: "no" }, one.summary ?? t("sync.commit.hidden")), stateChip("commit", one.state)),
    h("div", { class: "row small muted" }, commit(one.id), one.author && h("span", { translate: "no" }, one.author), one.time && ago(one.time)))));
}
