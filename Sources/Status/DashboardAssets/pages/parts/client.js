// WireGuard configuration of a peer, for copying.

import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { copyable } from "./commands.js";
import { empty, notice, show, skeletonBlock } from "./page.js";

/** Choice of a peer, and its configuration. */
export function clientConfiguration(context, relay) {
  if (!relay.clients || relay.clients.length === 0) return h("div", { class: "panel" }, empty(t("client.none"), t("client.none.text")));
  const chosen = context.query.get("key") ?? "";
  return h("div", { class: "stack" },
    h("div", { class: "field client-choice", key: "choice" }, h("label", { for: "client-key" }, t("client.choose")),
      h("select", { class: "select", id: "client-key", value: chosen, onchange: (event) => context.setQuery({ key: event.target.value || null }, { replace: true }) },
        h("option", { value: "" }, t("client.pick")), relay.clients.map((name) => h("option", { value: name, key: name, translate: "no" }, name)))),
    chosen
      ? show(context, "client", (client) => h("div", { class: "stack" },
        (client.notes ?? []).map((text, index) => notice("info", h("span", { lang: "en" }, text), { key: index })),
        copyable(client.text, client.fileName, { key: "text", many: true })), skeletonBlock(260))
      : h("p", { class: "muted", key: "hint" }, t("client.hint")));
}
