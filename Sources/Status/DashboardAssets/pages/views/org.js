// An organization: limits, SLA, contacts and history.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { bitRate, number } from "../core/format.js";
import { t } from "../core/i18n.js";
import { commandList } from "../parts/commands.js";
import { diagnosticList } from "../parts/diagnostics.js";
import { notice, commit, facts, pageHead, panel, show, skeletonBlock, source } from "../parts/page.js";
import { rangeSwitch, seriesCharts } from "../parts/series.js";
import { alertCounts, health, meterTrack, relayCounts, stateChip } from "../parts/status.js";
import { sla } from "./orgs.js";

export default {
  title: (context) => context.data.org?.value?.displayName ?? context.parameters.org,

  resources: ({ parameters: { org } }) => ({
    org: { path: apiPath(`/orgs/${encodeURIComponent(org)}`), topics: ["orgs"] },
  }),

  view: (context) => {
    const org = context.data.org?.value;
    return [
      pageHead({
        title: org?.displayName ?? context.parameters.org, subtitle: context.parameters.org,
        crumbs: [{ href: "/orgs", label: t("page.orgs") }], aside: org && stateChip("org", org.status),
      }),
      show(context, "org", (value) => details(context, value), skeletonBlock(420)),
    ];
  },
};

function details(context, org) {
  const name = encodeURIComponent(org.name);
  return h("div", { class: "stack" },
    org.sync?.state === "kept" && notice("warn", t("sync.kept.long"), { key: "kept" }),
    h("div", { class: "grid", key: "grid" },
      h("div", { class: "span-7 stack", key: "left" },
        panel({ title: t("org.limits"), id: "limits" }, limits(org.limits)),
        org.series && panel({ title: t("org.history"), id: "history", aside: rangeSwitch(context) }, seriesCharts(context, org.series)),
        org.diagnostics?.length > 0 && panel({ title: t("sync.diagnostics"), id: "diagnostics" }, diagnosticList(org.diagnostics))),
      h("div", { class: "span-5 stack", key: "right" },
        panel({ title: t("org.details"), id: "details" }, facts([
          [t("field.health"), org.health ? health(org.health) : undefined],
          [t("field.sla"), org.sla ? sla(org.sla) : undefined],
          [t("page.alerts"), org.alerts ? h("a", { href: `/alerts?org=${name}` }, alertCounts(org.alerts)) : undefined],
          [t("page.relays"), h("a", { href: `/relays?org=${name}` }, relayCounts(org.relays))],
          [t("page.keys"), h("a", { href: `/keys?org=${name}` }, t("keys.count", { count: org.keys }))],
          [t("page.users"), context.can("users:read") ? h("a", { href: `/users?org=${name}` }, t("users.count", { count: org.users })) : undefined],
          [t("page.sync"), org.sync ? stateChip("sync", org.sync.state) : undefined],
          [t("field.commit"), org.sync?.commit ? commit(org.sync.commit) : undefined],
          [t("org.regions"), h("span", { translate: "no" }, org.allowedRegions?.length ? org.allowedRegions.join(", ") : t("org.regions.all"))],
          [t("org.ports"), org.portRange],
          [t("org.identity"), org.hasIdentity ? t("org.identity.yes") : t("org.identity.no")],
          [t("field.source"), source(org.source)],
        ])),
        org.contacts?.length > 0 && panel({ title: t("org.contacts"), id: "contacts", flush: true }, h("ul", { class: "items" }, org.contacts.map((contact, index) => h(
          "li", { key: index }, h("div", { class: "item-text", translate: "no" }, h("strong", null, contact.name),
            contact.email && h("div", null, h("a", { href: `mailto:${contact.email}` }, contact.email)),
            contact.phone && h("div", null, h("a", { href: `tel:${contact.phone.replace(/[^+0-9]/g, "")}` }, contact.phone))))))),
        org.commands.length > 0 && panel({ title: t("commands.title"), id: "commands" }, h("p", { class: "muted commands-note" }, t("commands.note")), commandList(org.commands)))));
}

function limits(all) {
  /** @type {[string, (value: any) => any][]} */
  const rows = [["relays", number], ["keys", number], ["users", number], ["bandwidthMbps", (value) => bitRate(value === null ? null : value * 1e6)]];
  return h("ul", { class: "parts" }, rows.filter(([name]) => all[name]).map(([name, format]) => {
    const { used, limit } = all[name];
    const share = limit ? used / limit : 0;
    const kind = share >= 1 ? "bad" : share >= 0.8 ? "warn" : "ok";
    return h("li", { key: name },
      h("div", { class: "row" }, h("span", null, t(`limit.${name}`)), h("span", null, h("data", { value: used },
        limit === null ? format(used) : `${format(used)} / ${format(limit)}`), " ",
      h("span", { class: "muted" }, limit === null ? t("limit.none") : share >= 1 ? t("limit.reached") : share >= 0.8 ? t("limit.near") : ""))),
      limit !== null && h("span", { class: "meter wide" }, meterTrack(share, kind)));
  }));
}
