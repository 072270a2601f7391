// The viewer's account: permissions, appearance and sign-out.

import { logOut } from "../core/api.js";
import { h } from "../core/dom.js";
import { LANGUAGES, language, t, term } from "../core/i18n.js";
import { areShortcutsOn, setShortcuts } from "../core/keys.js";
import { setTheme, theme } from "../core/theme.js";
import { at, facts, notice, pageHead, panel, problemText } from "../parts/page.js";

let problem;

export default {
  title: () => t("page.account"),
  leave() { problem = undefined; },

  view: (context) => {
    const { user, roles, permissions, login, orgs } = context.me;
    return [
      pageHead({ title: t("page.account"), subtitle: user.displayName ?? user.name }),
      h("div", { class: "grid" },
        h("div", { class: "span-6 stack", key: "who" },
          panel({ title: t("account.who"), id: "who" }, h("div", { class: "stack" }, facts([
            [t("field.user"), h("span", { translate: "no" }, user.id)],
            [t("field.org"), user.org ? h("span", { translate: "no" }, user.org) : t("account.org.all", { count: orgs.length })],
            [t("page.roles"), roles.length > 0 ? h("ul", { class: "row tags" }, roles.map((role) => h("li", { class: "tag", translate: "no", key: role }, role))) : undefined],
            [t("account.method"), login && term("login", login.method)],
            [t("account.expires"), login?.expiresAt ? at(login.expiresAt) : undefined],
          ]),
          problem && notice("bad", problemText(problem), { key: "failed", role: "alert" }),
          h("div", null, h("button", {
            class: "button", type: "button",
            onclick: async () => {
              try {
                await logOut();
                context.signedOut({ isWanted: true });
              } catch (failure) {
                problem = failure;
                context.redraw();
              }
            },
          }, t("account.logOut")))))),
        h("div", { class: "span-6 stack", key: "look" },
          panel({ title: t("account.look"), id: "look" }, h("div", { class: "stack" },
            segments(t("account.language"), Object.keys(LANGUAGES), language(), (code) => LANGUAGES[code], (code) => context.changeLanguage(code)),
            segments(t("account.theme"), ["system", "light", "dark"], theme(), (one) => t(`theme.${one}`), (one) => {
              setTheme(one);
              context.redraw();
            }),
            h("label", { class: "check" }, h("input", { type: "checkbox", checked: areShortcutsOn(), onchange: (event) => setShortcuts(event.target.checked) }), t("help.letters"))))),
        h("div", { key: "may" }, panel({ title: t("account.permissions"), id: "permissions" }, h("div", { class: "stack" },
          permissionList(t("account.everywhere"), permissions.everywhere),
          permissionList(t("account.inOrganization", { org: user.org ?? "" }), permissions.inOrganization))))),
    ];
  },
};

function segments(label, all, current, text, choose) {
  return h("div", { class: "field", key: label }, h("span", { class: "label" }, label), h("div", null, h("div", { class: "segments", role: "group", "aria-label": label }, all.map((one) => h(
    "button", { type: "button", key: one, lang: one in LANGUAGES ? one : undefined, "aria-pressed": String(one === current), onclick: () => choose(one) }, text(one))))));
}

function permissionList(title, all) {
  if (all.length === 0) return null;
  return h("div", { class: "stack-s", key: title }, h("h3", null, title), h("ul", { class: "permissions" }, all.map((permission) => h(
    "li", { key: permission }, h("code", null, permission), " ", h("span", { class: "muted" }, term("permission", permission))))));
}
