// Peers that communicate through a relay.

import { h } from "../core/dom.js";
import { bytes, milliseconds, number } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { choice, searchField } from "./filters.js";
import { hasMembers, instanceName } from "./members.js";
import { ago } from "./page.js";
import { stateChip } from "./status.js";
import { listView } from "./table.js";

/** Table of a relay's peers, with filters. */
export function peerTable(context, relay) {
  const mayReadKeys = context.can("keys:read");
  const columns = [
    { key: "key", label: t("field.key"), sort: "key", cell: (peer) => [
      h("a", { href: to("keys", context.parameters.org, peer.key), translate: "no" }, peer.alias ?? peer.key),
      h("span", { class: "sub fingerprint", translate: "no" }, mayReadKeys && peer.fingerprint ? peer.fingerprint : peer.key)] },
    { key: "state", label: t("field.state"), cell: (peer) => stateChip("peer", peer.state) },
    { key: "endpoint", label: t("field.endpoint"), fold: 3, isHidden: !mayReadKeys, cell: (peer) => h("code", { class: "small" }, peer.endpoint ?? "–") },
    { key: "home", label: t("field.home"), fold: 2, isHidden: !hasMembers(relay), cell: (peer) => peer.home ? instanceName(peer.home) : h("span", { class: "muted" }, "–") },
    { key: "lastHandshake", label: t("field.lastHandshake"), sort: "lastHandshake", cell: (peer) => ago(peer.lastHandshakeAt, t("keys.never")) },
    { key: "sessions", label: t("field.sessions"), fold: 3, isNumber: true, cell: (peer) => h("data", { value: peer.sessions ?? "" }, number(peer.sessions)) },
    { key: "received", label: t("chart.received"), sort: "received", isNumber: true, cell: (peer) => h("data", { value: peer.receivedBytes ?? "" }, bytes(peer.receivedBytes)) },
    { key: "sent", label: t("chart.sent"), sort: "sent", isNumber: true, cell: (peer) => h("data", { value: peer.sentBytes ?? "" }, bytes(peer.sentBytes)) },
    { key: "time", label: t("peer.handshake"), fold: 2, isNumber: true, cell: (peer) => h("data", { value: peer.handshakeMilliseconds ?? "" }, milliseconds(peer.handshakeMilliseconds)) },
  ];
  return [
    h("div", { class: "filters", role: "search", key: "filters" }, searchField(context, t("peers.search")),
      choice(context, "state", t("field.state"), ["connected", "idle", "never"].map((word) => [word, term("peer", word)]))),
    listView(context, "peers", {
      table: { caption: t("field.peers"), columns, rowKey: (peer) => peer.key }, emptyTitle: t("peers.none"), emptyText: t("peers.none.text"),
    }),
  ];
}
