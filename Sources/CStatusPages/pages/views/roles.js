// Roles, and what each permits.

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
    show(context, "roles", ({ items }) => h("div", { class: "grid" }, items.map((role) => h(
      "div", { class: "span-6", key: role.name },
      panel({ title: h("span", { translate: "no" }, role.name), id: `role-${role.name}`, aside: [h("span", { class: "tag" }, term("scope", role.scope)), h("span", { class: "tag" }, t(role.builtIn ? "roles.builtIn" : "roles.custom"))] },
        h("div", { class: "stack-s" },
          h("p", null, role.builtIn ? term("role", role.name) : role.summary),
          h("p", { class: "muted small" }, t("roles.users", { count: role.users }), role.source && [" · ", source(role.source)]),
          h("details", null, h("summary", null, t("roles.permissions", { count: role.permissions.length })), h(
            "ul", { class: "permissions" }, role.permissions.map((permission) => h("li", { key: permission.name }, h("code", null, permission.name), " ", h("span", { class: "muted" }, term("permission", permission.name)))))))))))),
    skeletonBlock(420)),
  ],
};
