// Roles and their permissions.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { t, term } from "../core/i18n.js";
import { pageHead, panel, show, skeletonBlock, source } from "../parts/page.js";
import { peopleLinks } from "./users.js";

export default {
  title: () => t("page.roles"),
  resources: () => ({ roles: { path: apiPath("/roles", { limit: 100 }), topics: ["roles", "users"] } }),
  view: (context) => [
    pageHead({ title: t("page.roles"), subtitle: t("roles.subtitle"), aside: peopleLinks("roles") }),
    show(context, "roles", ({ items }) => h("div", { class: "grid" }, items.map(card)), skeletonBlock(420)),
  ],
};

function card(role) {
  const tags = [h("span", { class: "tag" }, term("scope", role.scope)), h("span", { class: "tag" }, t(role.builtIn ? "roles.builtIn" : "roles.custom"))];
  return h("div", { class: "span-6", key: role.name }, panel(
    { title: h("span", { translate: "no" }, role.name), id: `role-${role.name}`, aside: tags },
    h("div", { class: "stack-s" },
      role.builtIn && h("p", null, term("role", role.name)),
      h("p", { class: "muted small" }, t("roles.users", { count: role.users }), role.source && [" · ", source(role.source)]),
      h("details", null, h("summary", null, t("roles.permissions", { count: role.permissions.length })),
        h("ul", { class: "permissions" }, role.permissions.map(permission))))));
}

function permission({ name }) {
  return h("li", { key: name }, h("code", null, name), " ", h("span", { class: "muted" }, term("permission", name)));
}
