// The list of users. Roles have a page of their own.

import { apiPath } from "../core/api.js";
import { h } from "../core/dom.js";
import { day, moment } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { copyable } from "../parts/commands.js";
import { choice, filterBar, listParameters, orgChoice, searchField } from "../parts/filters.js";
import { icon } from "../parts/icons.js";
import { pageHead } from "../parts/page.js";
import { stateChip } from "../parts/status.js";
import { listView, PAGE_SIZE } from "../parts/table.js";

export default {
  title: () => t("page.users"),

  resources: (context) => ({
    users: { path: apiPath("/users", listParameters(context, ["org", "status", "role"], { limit: PAGE_SIZE })), topics: ["users"] },
    roles: { path: apiPath("/roles", { limit: 100 }), topics: ["roles"] },
  }),

  view: (context) => [
    pageHead({ title: t("page.users"), subtitle: t("users.subtitle"), aside: peopleLinks("users") }),
    filterBar(
      context, searchField(context, t("users.search")), orgChoice(context, context.me.orgs.length > 1 ? [["-", t("users.global")]] : []),
      choice(context, "status", t("field.status"), ["active", "pending", "disabled"].map((word) => [word, term("user", word)])),
      choice(context, "role", t("field.role"), (context.data.roles?.value?.items ?? []).map((role) => [role.name, role.name]))),
    listView(context, "users", {
      table: {
        caption: t("page.users"), rowKey: (row) => row.id, defaultSort: "org",
        columns: [
          { key: "name", label: t("field.user"), sort: "name", cell: (row) => [
            h("span", { translate: "no" }, row.displayName ?? row.name), h("span", { class: "sub", translate: "no" }, row.id)] },
          { key: "status", label: t("field.status"), sort: "status", cell: (row) => stateChip("user", row.status) },
          { key: "org", label: t("field.org"), sort: "org", fold: 2, cell: (row) => row.org ? h("span", { translate: "no" }, row.org) : t("users.global") },
          { key: "roles", label: t("page.roles"), fold: 3, cell: (row) => h("ul", { class: "row tags" }, row.roles.map((role) => h("li", { class: "tag", translate: "no", key: role }, role))) },
          { key: "email", label: t("field.email"), fold: 2, cell: (row) => row.email ? h("a", { href: `mailto:${row.email}`, translate: "no" }, row.email) : h("span", { class: "muted" }, "–") },
          { key: "signIn", label: t("field.signIn"), cell: (row) => approval(row) ?? [signIn(row), signsAs(row)] },
        ],
      },
      emptyTitle: t("users.none"), emptyText: t("users.none.text"),
    }),
  ],
};

/** Links between the pages of users and roles. */
export function peopleLinks(current) {
  return h("nav", { class: "segments", "aria-label": t("users.pages") }, ["users", "roles"].map((name) => h(
    "a", { href: `/${name}`, key: name, "aria-current": name === current ? "page" : undefined }, t(`page.${name}`))));
}

/** Ways in which a user can log in here: providers and tokens, from anywhere or from certain networks. */
function signIn({ identities, access }) {
  const ways = [
    ...(identities?.oidc ?? []).map((issuer) => h("span", { class: "tag", translate: "no" }, hostOf(issuer))),
    ...(access?.tokens ?? []).map((token) => {
      const until = moment(token.expires);
      return h("span", { class: "tag" }, token.expired && icon("warning", 12), " ", t(token.expired ? "users.token.expired" : until ? "users.token.until" : "users.token", {
        name: token.name, day: until ? day(until) : "",
      }));
    }),
  ];
  if (ways.length > 0 && access?.ipAllowlist?.length > 0) ways.push(h("span", { class: "tag" }, t("users.addresses", { count: access.ipAllowlist.length })));
  return ways.length === 0 ? h("span", { class: "muted" }, t("users.signIn.none")) : h("ul", { class: "row tags" }, ways.map((way, index) => h("li", { key: index }, way)));
}

/** Accounts and keys that identify a user's changes in Git. They do not log in here. */
function signsAs({ identities }) {
  const names = [
    identities?.github && h("span", { translate: "no" }, `GitHub ${identities.github}`),
    identities?.gitlab && h("span", { translate: "no" }, `GitLab ${identities.gitlab}`),
    identities?.sshKeys > 0 && t("users.ssh", { count: identities.sshKeys }),
  ].filter(Boolean);
  return names.length > 0 && h("span", { class: "sub" }, t("users.git"), " ", names.flatMap((name, index) => (index > 0 ? [", ", name] : [name])));
}

function hostOf(issuer) {
  try {
    return new URL(issuer).host;
  } catch {
    return issuer;
  }
}

/** Command that activates a pending user, for viewers who may; `wpex user --help` lists the other commands. */
function approval(row) {
  const wanted = row.commands.find((command) => command.action === "approve");
  return wanted && h("div", { class: "cell-command" }, copyable(wanted.command, term("command", wanted.action)));
}
