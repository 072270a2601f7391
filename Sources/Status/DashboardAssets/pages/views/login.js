// The login page: an access token, or the server's identity providers.

import { apiPath, logIn, Problem, read } from "../core/api.js";
import { h } from "../core/dom.js";
import { LANGUAGES, language, t } from "../core/i18n.js";
import { notice, problemText, skeletonBlock } from "../parts/page.js";

const state = { problem: undefined, isBusy: false, link: undefined, signedIn: undefined };

/** Reasons of failed provider logins, as the server puts them into the address. */
const FAILURES = new Set(["expired", "unavailable", "refused", "not-trusted", "unknown-user"]);

/** Destination after login: a path of this site, never another site's. */
function target(context) {
  const next = context.query.get("next") ?? "/";
  const address = new URL(next, location.origin);
  return next.startsWith("/") && address.origin === location.origin && address.pathname !== "/login" ? address.pathname + address.search : "/";
}

async function enter(context, token, options) {
  state.isBusy = true;
  state.problem = undefined;
  context.redraw();
  try {
    await logIn(token, options);
    state.isBusy = false;
    await leaveFor(context);
  } catch (problem) {
    state.isBusy = false;
    state.problem = problem;
    context.redraw();
    document.getElementById("token")?.focus();
  }
}

/** Leaves the login page for the destination. */
async function leaveFor(context) {
  state.signedIn = undefined;
  state.link = undefined;
  await context.navigate(target(context), { replace: true });
  await context.start();
}

/**
 * Takes the token from the link that `wpex up` prints.
 *
 * The token is in the fragment, which browsers do not send, and is removed from the address at once. Any site can send
 * a browser here with such a link, so the server accepts only its own token this way, and a signed-in user is asked
 * first.
 */
function takeToken(context, takesLinks) {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState({}, "", location.pathname + location.search);
    state.link = given;
  }
  if (!state.link || takesLinks === undefined || state.signedIn) return;
  const link = state.link;
  state.link = undefined;
  if (takesLinks) followLink(context, link);
}

async function followLink(context, link) {
  state.isBusy = true;
  try {
    const me = await read(apiPath("/me"));
    state.isBusy = false;
    if (me.user.kind === "local") {
      await leaveFor(context);
      return;
    }
    state.link = link;
    state.signedIn = me.user;
    context.redraw();
    document.getElementById("stay")?.focus();
  } catch (problem) {
    state.isBusy = false;
    if (problem instanceof Problem && problem.status === 401) await enter(context, link, { isLink: true });
    else {
      state.problem = problem;
      context.redraw();
    }
  }
}

/** Asks before another user's session replaces the current one. */
function question(context) {
  const { signedIn, link } = state;
  return h("div", { class: "login-question", key: "question", role: "group", "aria-labelledby": "question" },
    h("p", { id: "question" }, t("login.replace", { name: signedIn.displayName, id: signedIn.id })),
    h("div", { class: "row" },
      h("button", { class: "button primary", type: "button", id: "stay", onclick: () => leaveFor(context) }, t("login.stay")),
      h("button", {
        class: "button", type: "button", "aria-disabled": state.isBusy ? "true" : undefined,
        onclick: () => { if (!state.isBusy) enter(context, link, { isLink: true }); },
      }, t("login.replace.confirm"))));
}

export default {
  title: () => t("login.title"),
  resources: () => ({ login: { path: apiPath("/login") } }),
  leave() { Object.assign(state, { problem: undefined, link: undefined, signedIn: undefined }); },

  view: (context) => {
    if (!state.isBusy) takeToken(context, context.data.login?.value?.links);
    const methods = context.data.login?.value?.methods;
    const isUnreachable = context.data.login?.problem;
    return h("div", { class: "login-card" },
      h("span", { class: "brand" }, h("svg", { class: "brand-mark", viewBox: "0 0 32 32", width: 28, height: 28, "aria-hidden": "true" },
        h("rect", { width: 32, height: 32, rx: 7 }), h("path", { d: "M7 11l4.5 11L16 12l4.5 10L25 11" })), "wpex"),
      h("h1", { id: "title", tabindex: "-1" }, t("login.title")),
      h("p", { class: "muted" }, t("login.text")),
      h("div", { "aria-live": "polite", key: "problem" }, state.problem
        ? notice("bad", messageOf(state.problem), { key: "failed" })
        : FAILURES.has(context.query.get("failed")) && notice("bad", t(`login.failed.${context.query.get("failed")}`), { key: "failed" }),
        !state.problem && context.historyState.hasEnded && notice("info", t("login.ended"), { key: "ended" })),
      state.signedIn && question(context),
      !state.signedIn && !methods && (isUnreachable ? notice("bad", problemText(isUnreachable), { key: "away", role: "alert" }) : skeletonBlock(120)),
      (state.signedIn ? [] : methods ?? []).map((method) => method.kind === "token" ? tokenForm(context) : h(
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
      const token = String(new FormData(event.target).get("token") ?? "").trim();
      if (token && !state.isBusy) enter(context, token);
    },
  },
  h("div", { class: "field" }, h("label", { for: "token" }, t("login.token")), h("input", {
    class: "input", id: "token", name: "token", type: "password", required: true, autocomplete: "current-password", spellcheck: "false",
    "aria-describedby": "token-help", "aria-invalid": state.problem?.status === 401 ? "true" : undefined,
  }), h("span", { class: "small muted", id: "token-help" }, t("login.token.help"))),
  h("button", { class: "button primary", type: "submit", "aria-disabled": state.isBusy ? "true" : undefined }, t(state.isBusy ? "login.busy" : "login.enter")));
}
