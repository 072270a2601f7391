// The login page: an access token, or the ways that the server offers.

import { apiPath, logIn } from "../core/api.js";
import { h } from "../core/dom.js";
import { LANGUAGES, language, t } from "../core/i18n.js";
import { notice, problemText, skeletonBlock } from "../parts/page.js";

const state = { problem: undefined, isBusy: false };

/** Why a login at a provider came to nothing, as the server says it in the address. */
const FAILURES = new Set(["expired", "unavailable", "refused", "not-trusted", "unknown-user"]);

/** Where to go afterwards: a path of ours, never another site's. */
function target(context) {
  const next = context.query.get("next") ?? "/";
  const address = new URL(next, location.origin);
  return next.startsWith("/") && address.origin === location.origin && address.pathname !== "/login" ? address.pathname + address.search : "/";
}

async function enter(context, token) {
  state.isBusy = true;
  state.problem = undefined;
  context.redraw();
  try {
    await logIn(token);
    state.isBusy = false;
    const next = target(context);
    await context.navigate(next, { replace: true });
    await context.start();
  } catch (problem) {
    state.isBusy = false;
    state.problem = problem;
    context.redraw();
    document.getElementById("token")?.focus();
  }
}

/** The link that `wpex up` prints carries its token behind the #, which is never sent; it leaves the address at once. */
function takeToken(context) {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  history.replaceState({}, "", location.pathname + location.search);
  enter(context, given);
}

export default {
  title: () => t("login.title"),
  resources: () => ({ login: { path: apiPath("/login") } }),
  leave() { state.problem = undefined; },

  view: (context) => {
    if (!state.isBusy) takeToken(context);
    const methods = context.data.login?.value?.methods;
    const isUnreachable = context.data.login?.problem;
    return h("div", { class: "login-card" },
      h("span", { class: "brand" }, h("svg", { class: "brand-mark", viewBox: "0 0 32 32", width: 28, height: 28, "aria-hidden": "true" },
        h("rect", { width: 32, height: 32, rx: 7 }), h("path", { d: "M7 11l4.5 11L16 12l4.5 10L25 11" })), "wpex"),
      h("h1", { id: "title", tabindex: "-1" }, t("login.title")),
      h("p", { class: "muted" }, t("login.text")),
      h("div", { "aria-live": "polite", key: "problem" }, state.problem
        ? notice("bad", messageOf(state.problem), { key: "failed" })
        : FAILURES.has(context.query.get("failed")) && notice("bad", t(`login.failed.${context.query.get("failed")}`), { key: "failed" })),
      !methods && (isUnreachable ? notice("bad", problemText(isUnreachable), { key: "away", role: "alert" }) : skeletonBlock(120)),
      (methods ?? []).map((method) => method.kind === "token" ? tokenForm(context) : h(
        "a", { class: "button", href: `${method.start}?next=${encodeURIComponent(target(context))}`, key: method.start }, t("login.with", { name: method.label }))),
      h("div", { class: "login-foot", key: "languages" }, Object.entries(LANGUAGES).map(([code, name]) => h("button", {
        class: "link-button", type: "button", lang: code, key: code, "aria-pressed": String(code === language()), onclick: () => context.changeLanguage(code),
      }, name))));
  },
};

function messageOf(problem) {
  if (problem.status === 401 || problem.status === 400) return t("login.wrong");
  if (problem.status === 429) return t("login.slow");
  return problemText(problem);
}

function tokenForm(context) {
  return h("form", {
    key: "token", method: "post", action: "/login",
    onsubmit: (event) => {
      event.preventDefault();
      const token = new FormData(event.target).get("token").trim();
      if (token && !state.isBusy) enter(context, token);
    },
  },
  h("div", { class: "field" }, h("label", { for: "token" }, t("login.token")), h("input", {
    class: "input", id: "token", name: "token", type: "password", required: true, autocomplete: "current-password", spellcheck: "false",
    "aria-describedby": "token-help", "aria-invalid": state.problem?.status === 401 ? "true" : undefined,
  }), h("span", { class: "small muted", id: "token-help" }, t("login.token.help"))),
  h("button", { class: "button primary", type: "submit", "aria-disabled": state.isBusy ? "true" : undefined }, t(state.isBusy ? "login.busy" : "login.enter")));
}
