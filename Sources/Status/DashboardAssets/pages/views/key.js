// A key.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { to } from "../core/routes.js";
import { commandList } from "../parts/commands.js";
import { connection, expiry, fingerprint } from "../parts/keys.js";
import { ago, facts, pageHead, panel, show, skeletonBlock, source } from "../parts/page.js";
import { stateChip } from "../parts/status.js";

export default {
  title: (context) => context.data.key?.value?.alias ?? context.parameters.name,

  resources: ({ parameters: { org, name } }) => ({
    key: { path: apiPath(`/keys/${encodeURIComponent(org)}/${encodeURIComponent(name)}`), topics: ["keys"] },
  }),

  view: (context) => [
    pageHead({
      title: context.data.key?.value?.alias ?? context.parameters.name, subtitle: `${context.parameters.org}/${context.parameters.name}`,
      crumbs: [{ href: "/keys", label: t("page.keys") }, { href: `/keys?org=${encodeURIComponent(context.parameters.org)}`, label: context.parameters.org }],
      aside: context.data.key?.value && stateChip("key", context.data.key.value.status),
    }),
    show(context, "key", (key) => details(context, key), skeletonBlock(320)),
  ],
};

function details(context, key) {
  const mayRead = context.can("keys:read");
  return h(
    "div", { class: "grid" },
    h("div", { class: "span-7 stack", key: "facts" }, panel({ title: t("key.details"), id: "details" }, facts([
      [t("field.status"), stateChip("key", key.status)],
      [t("field.fingerprint"), mayRead ? fingerprint(key) : undefined],
      [t("field.sealed"), key.sealed ? t("keys.sealed") : undefined],
      [t("field.expires"), expiry(key)],
      [t("field.connection"), context.can("metrics:read") ? connection(key) : undefined],
      [t("field.lastHandshake"), context.can("metrics:read") ? ago(key.lastHandshakeAt, t("keys.never")) : undefined],
      [t("field.region"), key.site?.region],
      [t("field.location"), key.site?.location],
      [t("field.subnet"), key.site?.subnet],
      [t("field.publicIP"), key.site?.publicIP],
      [t("field.labels"), labels(key.labels)],
      [t("page.relays"), h("ul", { class: "row" }, key.relays.map((id) => h("li", { key: id }, h("a", { href: to("relays", ...id.split("/")), translate: "no" }, id))))],
      [t("field.source"), source(key.source)],
    ]))),
    (key.commands.length > 0 || key.status === "revoked") && h("div", { class: "span-5 stack", key: "commands" }, panel({ title: t("commands.title"), id: "commands" },
      key.commands.length > 0 ? [h("p", { class: "muted commands-note" }, t("commands.note")), commandList(key.commands)] : h("p", { class: "muted" }, t("commands.revoked")))));
}

function labels(values) {
  const pairs = Object.entries(values ?? {});
  return pairs.length === 0 ? undefined : h("ul", { class: "row" }, pairs.map(([name, value]) => h("li", { class: "tag", translate: "no", key: name }, `${name}: ${value}`)));
}
