// The topology: keys, relays and the sessions that relays report, as a map and as a table.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { number } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { choice, filterBar, orgChoice } from "../parts/filters.js";
import { MAP } from "../parts/map.js";
import { ago, empty, notice, pageHead, panel, show, skeletonBlock } from "../parts/page.js";
import { stateChip } from "../parts/status.js";
import { dataTable } from "../parts/table.js";
import { drawn } from "../parts/topology.js";

/** Maximum number of table rows drawn; filters reach the others. */
const ROWS = 300;

export default {
  title: () => t("page.topology"),

  resources: (context) => ({ topology: { path: apiPath("/topology", { org: context.query.get("org"), region: context.query.get("region") }), topics: ["topology"] } }),

  view: (context) => [
    pageHead({ title: t("page.topology"), subtitle: t("topology.subtitle"), aside: viewSwitch(context) }),
    filterBar(
      context, orgChoice(context),
      choice(context, "show", t("topology.show"), [["up", t("topology.up")], ["down", t("topology.down")]]),
      choice(context, "region", t("field.region"), context.me.platform.regions.map((region) => [region.name, region.name]))),
    show(context, "topology", (topology) => body(context, topology), skeletonBlock(520)),
  ],
};

const isTable = (context) => context.query.get("view") === "table";

function viewSwitch(context) {
  return h("div", { class: "segments", role: "group", "aria-label": t("topology.view") }, [["map", null], ["table", "table"]].map(([name, value]) => h("button", {
    type: "button", key: name, "aria-pressed": String(isTable(context) === (value === "table")), onclick: () => context.setQuery({ view: value }, { replace: true }),
  }, t(`topology.view.${name}`))));
}

function body(context, topology) {
  const { nodes, edges, orgs } = drawn(topology, {
    region: context.query.get("region"), show: context.query.get("show"), collapsed: new Set((context.query.get("collapse") ?? "").split(",").filter(Boolean)),
  });
  if (nodes.length === 0) return h("div", { class: "panel" }, empty(t("topology.none"), t("topology.none.text")));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return h("div", { class: "stack" },
    topology.collapsed && notice("info", t("topology.collapsed"), { key: "collapsed" }),
    isTable(context) ? (topology.collapsed ? relayTable(nodes) : table(edges, byId)) : map(context, nodes, edges, orgs, byId));
}

function map(context, nodes, edges, orgs, byId) {
  const chosen = byId.get(context.query.get("node"));
  return h("div", { class: "grid", key: "map" },
    h("div", { class: "span-8", key: "canvas" }, panel({ title: t("topology.view.map"), id: "map", flush: true, aside: legend() },
      h("div", { class: "map", widget: MAP, key: "drawing", data: {
        nodes, edges, chosen: chosen?.id, describe, choose: (id) => context.setQuery({ node: id }, { replace: true }),
        words: { map: t("topology.map.label"), closer: t("topology.closer"), wider: t("topology.wider"), fit: t("topology.fit"), unavailable: t("topology.unavailable") },
      } }))),
    h("div", { class: "span-4 stack", key: "side" },
      panel({ title: t("topology.chosen"), id: "chosen" }, chosen ? details(chosen, edges, byId) : h("p", { class: "muted" }, t("topology.hint"))),
      orgs.length > 1 && panel({ title: t("topology.collapse"), id: "collapse" }, h("ul", { class: "stack-s" }, orgs.map((org) => h("li", { key: org.name }, h("label", { class: "check" }, h("input", {
        type: "checkbox", checked: !org.isCollapsed, onchange: () => collapse(context, org),
      }), h("span", { translate: "no" }, org.name))))))));
}

function collapse(context, org) {
  const names = new Set((context.query.get("collapse") ?? "").split(",").filter(Boolean));
  if (org.isCollapsed) names.delete(org.name);
  else names.add(org.name);
  context.setQuery({ collapse: [...names].join(",") || null }, { replace: true });
}

/** Description of a node, for viewers who cannot see the drawing. */
function describe(node) {
  if (node.kind === "org") return t("topology.node.org", { name: node.label, count: node.relays });
  return t(`topology.node.${node.kind}`, { name: node.label, org: node.org, status: term("grade", node.status) });
}

const pathOf = (node) => (node.kind === "org" ? to("orgs", node.name) : to(node.kind === "relay" ? "relays" : "keys", node.org, node.name));

function details(node, edges, byId) {
  const near = edges.filter((edge) => edge.from === node.id || edge.to === node.id);
  return h("div", { class: "stack" },
    h("div", { class: "row" }, h("a", { href: pathOf(node), translate: "no" }, node.label), node.kind !== "org" && stateChip("grade", node.status)),
    h("p", { class: "muted small", translate: "no" }, [node.org, node.region].filter(Boolean).join(" · ")),
    near.length > 0 && h("ul", { class: "stack-s near" }, near.slice(0, 50).map((edge) => {
      const other = byId.get(edge.from === node.id ? edge.to : edge.from);
      return h("li", { class: "row", key: `${edge.from} ${edge.to}` }, stateChip("edge", edge.state), h("a", { href: pathOf(other), translate: "no" }, other.label), edge.lastHandshakeAt && ago(edge.lastHandshakeAt));
    })));
}

function legend() {
  return h("ul", { class: "legend" },
    h("li", null, shape("M3 3h10v10h-10z"), t("topology.legend.relay")),
    h("li", null, shape("M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10z"), t("topology.legend.key")),
    h("li", null, line("edge ok"), t("edge.up")), h("li", null, line("edge"), t("edge.down")));
}

const shape = (d) => h("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 2 }));
const line = (name) => h("svg", { class: "map-legend-line", width: 22, height: 8, viewBox: "0 0 22 8", "aria-hidden": "true" }, h("path", { class: name, d: "M1 4h20" }));

function table(edges, byId) {
  const rows = edges.filter((edge) => byId.has(edge.from) && byId.has(edge.to));
  return h("div", { class: "stack-s", key: "table" },
    dataTable({
      caption: t("topology.view.table"), rows: rows.slice(0, ROWS), rowKey: (edge) => `${edge.from} ${edge.to}`,
      columns: [
        { key: "from", label: t("field.key"), cell: (edge) => link(byId.get(edge.from)) },
        { key: "to", label: t("field.relay"), cell: (edge) => link(byId.get(edge.to)) },
        { key: "state", label: t("field.state"), cell: (edge) => stateChip("edge", edge.state) },
        { key: "last", label: t("field.lastHandshake"), cell: (edge) => ago(edge.lastHandshakeAt, t("keys.never")) },
      ],
    }),
    rows.length > ROWS && h("p", { class: "muted" }, t("topology.rows", { shown: ROWS, total: rows.length })));
}

/** Table of relays only, for topologies too large to list keys. */
function relayTable(nodes) {
  const rows = nodes.filter((node) => node.kind === "relay");
  return h("div", { class: "stack-s", key: "relays" },
    dataTable({
      caption: t("topology.view.table"), rows: rows.slice(0, ROWS), rowKey: (node) => node.id,
      columns: [
        { key: "relay", label: t("field.relay"), cell: link },
        { key: "region", label: t("field.region"), cell: (node) => h("span", { translate: "no" }, node.region ?? "–") },
        { key: "status", label: t("field.health"), cell: (node) => stateChip("grade", node.status) },
        { key: "peers", label: t("field.peers"), isNumber: true, cell: (node) => h("data", { value: node.connected ?? "" }, `${number(node.connected)} / ${number(node.keys)}`) },
      ],
    }),
    rows.length > ROWS && h("p", { class: "muted" }, t("topology.rows", { shown: ROWS, total: rows.length })));
}

const link = (node) => [h("a", { href: pathOf(node), translate: "no" }, node.label), h("span", { class: "sub", translate: "no" }, node.org ?? "")];
