// A relay: state, peers, activity, and the commands that change it.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { bitRate, bytes, number, percent } from "../core/format.js";
import { t } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { alertItem } from "../parts/alerts.js";
import { clientConfiguration } from "../parts/client.js";
import { commandList } from "../parts/commands.js";
import { healthBreakdown } from "../parts/health.js";
import { hasMembers, instanceName, membersState, memberTable } from "../parts/members.js";
import { ago, commit, facts, notice, pageHead, panel, serverText, show, skeletonBlock, source } from "../parts/page.js";
import { peerTable } from "../parts/peers.js";
import { events, logLines, probes } from "../parts/activity.js";
import { rangeSwitch, seriesCharts } from "../parts/series.js";
import { relayState, stateChip, stayingChip } from "../parts/status.js";
import { tabs } from "../parts/tabs.js";
import { sla } from "./orgs.js";

const pathOf = ({ org, name }) => `/relays/${encodeURIComponent(org)}/${encodeURIComponent(name)}`;

export default {
  title: (context) => `${context.parameters.org}/${context.parameters.name}`,

  resources: (context) => ({
    relay: { path: apiPath(pathOf(context.parameters)), topics: ["relays"] },
    ...(context.query.get("tab") === "client" && context.query.get("key") && {
      client: { path: apiPath(`${pathOf(context.parameters)}/clients/${encodeURIComponent(context.query.get("key"))}`), topics: ["keys", "relays"] },
    }),
    ...(context.query.get("tab") === "peers" && context.can("metrics:read") && {
      peers: {
        path: apiPath(`${pathOf(context.parameters)}/peers`, {
          limit: 50, q: context.query.get("q"), sort: context.query.get("sort"), cursor: context.query.get("cursor"), state: context.query.get("state"),
        }),
        topics: ["relays"],
      },
    }),
  }),

  view: (context) => {
    const relay = context.data.relay?.value;
    const { org, name } = context.parameters;
    return [
      pageHead({
        title: name, subtitle: relay && `${relay.regions.join(", ")} · ${relay.endpoint ?? endpointState(relay)}`,
        crumbs: [{ href: "/relays", label: t("page.relays") }, { href: context.can("orgs:read") ? to("orgs", org) : `/relays?org=${encodeURIComponent(org)}`, label: org }],
        aside: relay && [relayState(relay), stayingChip(relay), (relay.freshness === "stale" || relay.freshness === "off") && relay.state !== "stopped" && stateChip("freshness", relay.freshness)],
      }),
      show(context, "relay", (value) => h("div", null, staying(value), freshness(value), pages(context, value)), skeletonBlock(520)),
    ];
  },
};

function endpointState({ endpointState: state, port }) {
  return state === "pending" ? t("endpoint.pending", { port }) : port;
}

function staying({ staying: why }) {
  if (!why) return null;
  return h("div", { class: "notices" }, notice("warn", [t(`staying.${why.reason}.long`), why.commit && [" ", commit(why.commit)], " ", h("a", { href: "/sync" }, t("overview.all.sync"))], { key: "staying" }));
}

function freshness(relay) {
  if (relay.freshness === "live" || relay.freshness === "off" || relay.state === "stopped") return null;
  const text = [t(relay.freshness === "unreachable" && relay.metrics ? "freshness.stale.long" : `freshness.${relay.freshness}.long`), relay.problem && h("p", { class: "small muted" }, serverText(relay.problem, relay.problemStatements)),
    relay.sampledAt && h("p", { class: "small muted" }, t("freshness.since"), ": ", ago(relay.sampledAt))];
  return h("div", { class: "notices" }, notice("warn", text, { key: "freshness", role: "status" }));
}

function pages(context, relay) {
  const isMeasured = context.can("metrics:read");
  return tabs(context, t("relay.tabs"), [
    { id: "overview", label: t("tab.overview"), view: () => overview(context, relay) },
    isMeasured && { id: "peers", label: t("field.peers"), count: relay.peers ? number(relay.peers.total) : undefined, view: () => peerTable(context, relay) },
    { id: "events", label: t("tab.events"), view: () => events(relay.events) },
    { id: "log", label: t("tab.log"), view: () => logLines(relay.log) },
    isMeasured && { id: "probes", label: t("tab.probes"), view: () => probes(relay) },
    { id: "client", label: t("tab.client"), view: () => clientConfiguration(context, relay) },
    { id: "specification", label: t("tab.specification"), view: () => specification(relay) },
  ].filter(Boolean));
}

function overview(context, relay) {
  const { metrics, statistics } = relay;
  return h(
    "div", { class: "grid" },
    h("div", { class: "span-8 stack", key: "left" },
      relay.alertItems?.length > 0 && panel({ title: t("page.alerts"), id: "alerts", flush: true }, h("ul", { class: "items" }, relay.alertItems.map(alertItem))),
      hasMembers(relay) && panel({ title: t("relay.members"), id: "members", flush: true, aside: h("span", { class: "row" }, membersState(relay.members)) }, memberTable(relay.members)),
      relay.series && panel({ title: t("org.history"), id: "history", aside: rangeSwitch(context) }, seriesCharts(context, relay.series)),
      relay.instances.length > 0 && panel({ title: t("relay.instances"), id: "instances", flush: true }, h("ul", { class: "items" }, relay.instances.map(instance)))),
    h("div", { class: "span-4 stack", key: "right" },
      relay.healthDetail && panel({ title: t("field.health"), id: "health" }, healthBreakdown(relay.healthDetail)),
      panel({ title: t("relay.figures"), id: "figures" }, facts([
        [t("field.status"), h("span", { class: "row" }, relayState(relay), relay.detail && h("span", { class: "small muted" }, serverText(relay.detail, relay.detailStatements)))],
        [t("field.inForce"), relay.inForce ? inForce(relay.inForce) : undefined],
        [t("field.sessions"), metrics ? h("data", { value: metrics.sessions ?? "" }, number(metrics.sessions)) : undefined],
        [t("field.peers"), metrics ? h("data", { value: "" }, `${number(metrics.peersConnected)} / ${number(metrics.peersExpected)}`) : undefined],
        [t("field.handshakes"), metrics && metrics.handshakeSuccessPercent !== null ? h("data", { value: "" }, percent(metrics.handshakeSuccessPercent / 100)) : undefined],
        [t("chart.received"), metrics ? h("data", { value: "" }, `${bitRate(metrics.receivedBitsPerSecond)} · ${bytes(metrics.receivedBytes)}`) : undefined],
        [t("chart.sent"), metrics ? h("data", { value: "" }, `${bitRate(metrics.sentBitsPerSecond)} · ${bytes(metrics.sentBytes)}`) : undefined],
        [t("field.restarts"), h("data", { value: relay.restarts }, number(relay.restarts))],
        [t("field.sla"), relay.sla ? sla(relay.sla) : undefined],
        [t("field.drops"), statistics ? drops(statistics.drops) : undefined],
        [t("field.sampled"), relay.sampledAt ? ago(relay.sampledAt) : undefined],
        [t("field.source"), source(relay.source)],
      ])),
      relay.commands.length > 0 && panel({ title: t("commands.title"), id: "commands" }, h("p", { class: "muted commands-note" }, t("commands.note")), commandList(relay.commands))));
}

/** Whether the relay's instances have what was applied in force, and why some do not. */
function inForce({ state, inForceAt, missing }) {
  const list = state !== "pending" && missing.length > 0 && h("ul", { class: "small" }, missing.map((one) => h("li", { key: one.instance ?? "" },
    one.instance && h("span", { translate: "no" }, `${one.instance}: `), one.reason)));
  return h("div", null, h("span", { class: "row" }, stateChip("force", state), inForceAt && ago(inForceAt)), list);
}

function drops(all) {
  const some = Object.entries(all ?? {}).filter(([, count]) => count > 0);
  if (some.length === 0) return undefined;
  return h("ul", { class: "row" }, some.map(([reason, count]) => h("li", { class: "tag", key: reason }, h("code", null, reason), " ", h("data", { value: count }, number(count)))));
}

function instance(one) {
  return h("li", { key: one.name }, h("div", { class: "item-text" },
    h("div", { class: "row" }, h("strong", null, instanceName(one)), stateChip("instance", one.ready ? "ready" : "waiting")),
    h("p", { class: "small muted" }, t("relay.instance", {
      count: one.restarts, cpu: one.cpuMillicores === null ? "–" : `${number(one.cpuMillicores)} m`, memory: bytes(one.memoryBytes),
    }), one.node && ` · ${t("relay.node", { name: one.node })}`), one.message && h("p", { class: "small" }, serverText(one.message, one.messageStatements))),
  one.startedAt && ago(one.startedAt));
}

function specification({ spec, keys, labels, port, regions, state }) {
  const { requests, limits } = spec.resources ?? {};
  const pairs = Object.entries(labels ?? {});
  const tests = [...(spec.tests?.mustConnect ?? []).map((pair) => ["must", pair]), ...(spec.tests?.mustNotConnect ?? []).map((pair) => ["mustNot", pair])];
  const selector = Object.entries(spec.keys?.matchLabels ?? {}).map(([name, value]) => `${name}: ${value}`);
  return h("div", { class: "grid" },
    h("div", { class: "span-7", key: "facts" }, panel({ title: t("tab.specification"), id: "specification" }, facts([
      [t("relay.declared"), stateChip("declared", state)],
      [t("field.region"), h("span", { translate: "no" }, regions.join(", "))],
      [t("field.port"), h("data", { value: port }, String(port))],
      [t("relay.image"), spec.image && h("code", null, spec.image)],
      [t("relay.replicas"), h("data", { value: spec.replicas }, number(spec.replicas))],
      [t("relay.exposure"), spec.exposure && h("code", null, spec.exposure)],
      [t("relay.podSecurity"), spec.podSecurity?.length ? podSecurity(spec.podSecurity) : undefined],
      [t("limit.bandwidthMbps"), spec.bandwidthMbps === null ? t("limit.none") : h("data", { value: spec.bandwidthMbps }, bitRate(spec.bandwidthMbps * 1e6))],
      [t("relay.broadcastRate"), spec.broadcastRate === null ? undefined : h("data", { value: spec.broadcastRate }, `${number(spec.broadcastRate)}/s`)],
      [t("relay.requests"), resourcesText(requests)],
      [t("relay.limits"), resourcesText(limits)],
      [t("relay.protection"), t(spec.deletionProtection ? "answer.yes" : "answer.no")],
      [t("field.labels"), pairs.length > 0 && h("ul", { class: "row" }, pairs.map(([name, value]) => h("li", { class: "tag", translate: "no", key: name }, `${name}: ${value}`)))],
    ]))),
    h("div", { class: "span-5 stack", key: "keys" },
      panel({ title: t("page.keys"), id: "keys" }, facts([
        [t("relay.keys.declared"), h("data", { value: keys.declared }, number(keys.declared))],
        [t("relay.keys.active"), h("data", { value: keys.active }, number(keys.active))],
        [t("relay.keys.names"), spec.keys?.names?.length ? h("span", { translate: "no" }, spec.keys.names.join(", ")) : undefined],
        [t("relay.keys.labels"), selector.length ? h("span", { translate: "no" }, selector.join(", ")) : undefined],
      ])),
      panel({ title: t("relay.access"), id: "access" }, accessRules(spec)),
      panel({ title: t("relay.tests"), id: "tests" }, tests.length === 0 ? h("p", { class: "muted" }, t("relay.tests.none")) : h("ul", { class: "stack-s" }, tests.map(([kind, pair]) => h(
        "li", { key: `${kind} ${pair.join(" ")}` }, t(`relay.tests.${kind}`), " ", h("span", { translate: "no" }, pair.join(" – "))))))));
}

/** Which keys may speak with which. */
function accessRules({ segmented, access }) {
  if (!segmented) return h("p", { class: "muted" }, t("relay.access.all"));
  if (access.length === 0) return h("p", { class: "muted" }, t("relay.access.nobody"));
  return h("ul", { class: "stack-s" }, access.map(({ between: [one, other] }, index) => h("li", { key: String(index) }, accessSide(one), " ↔ ", accessSide(other))));
}

function accessSide({ names, matchLabels }) {
  const labels = Object.entries(matchLabels ?? {}).map(([name, value]) => `${name}: ${value}`);
  const parts = [...(names ?? []), ...(labels.length > 0 ? [labels.join(", ")] : [])];
  return parts.length > 0 ? h("span", { translate: "no" }, parts.join(", ")) : t("relay.access.everybody");
}

/** The Pod Security level of the relay's namespace: one, or one for each region if they differ. */
function podSecurity(levels) {
  const differ = new Set(levels.map(({ level }) => level)).size > 1;
  return h("ul", null, (differ ? levels : levels.slice(0, 1)).map(({ region, level }) => h("li", { key: region },
    differ && h("span", { translate: "no" }, `${region}: `), h("code", null, level), " ", h("span", { class: "small muted" }, t(`relay.podSecurity.${level}`)))));
}

function resourcesText(value) {
  const parts = Object.entries(value ?? {}).filter(([, amount]) => amount !== null).map(([name, amount]) => `${name} ${amount}`);
  return parts.length > 0 ? h("code", null, parts.join(" · ")) : undefined;
}
