// Frame of every page: top bar, navigation, connection state and shortcuts.

import { h, patch } from "../core/dom.js";
import { ANNOUNCER } from "../core/announce.js";
import { clock } from "../core/format.js";
import { LANGUAGES, language, t } from "../core/i18n.js";
import { areShortcutsOn, setShortcuts } from "../core/keys.js";
import { ROUTES } from "../core/routes.js";
import { setTheme, theme } from "../core/theme.js";
import { icon } from "./icons.js";
import { empty, notice, pageHead, problemText, skeletonBlock } from "./page.js";

/** The whole page: frame and view. */
export function frame(context, state, actions) {
  const announcer = h("div", { id: ANNOUNCER, class: "visually-hidden", role: "status", key: "announcer" });
  if (state.route?.isOpen) {
    return [h("main", { class: "login", key: "open", id: "main" }, state.view.view(context)), announcer];
  }
  return [
    h("a", { class: "skip", href: "#main", key: "skip" }, t("nav.skip")),
    bar(context, state, actions),
    h("nav", { class: state.isMenuOpen ? "side is-open" : "side", id: "side", "aria-label": t("nav.main"), key: "side" }, navigation(context, state, actions)),
    h("main", { class: "main", id: "main", tabindex: "-1", key: `main ${location.pathname}` }, content(context, state)),
    help(state, actions),
    announcer,
  ];
}

function brand() {
  return h("a", { class: "brand", href: "/" },
    h("svg", { class: "brand-mark", viewBox: "0 0 32 32", width: 28, height: 28, "aria-hidden": "true" },
      h("rect", { width: 32, height: 32, rx: 7 }), h("path", { d: "M7 11l4.5 11L16 12l4.5 10L25 11" })), "wpex");
}

function bar(context, state, actions) {
  return h(
    "header", { class: "bar", key: "bar" },
    h("button", {
      class: "icon-button menu-toggle", id: "menu-toggle", type: "button", "aria-expanded": String(state.isMenuOpen), "aria-controls": "side",
      "aria-label": t("nav.menu"), onclick: () => actions.toggleMenu(),
    }, icon(state.isMenuOpen ? "close" : "menu", 20)),
    brand(),
    state.me && h("span", { class: "bar-provider", translate: "no" }, state.me.platform.name ?? ""),
    h("span", { class: "spacer" }),
    state.me && connection(state.connection),
    languageSwitch(context),
    themeSwitch(context),
    h("button", { class: "icon-button wide-only", type: "button", "aria-label": t("help.title"), onclick: () => actions.toggleHelp(true) }, icon("keyboard", 20)),
    state.me && h("a", {
      class: "icon-button", href: "/account", "aria-label": t("nav.account.of", { name: state.me.user.displayName ?? state.me.user.name }),
      "aria-current": state.route?.name === "account" ? "page" : undefined,
    }, icon("account", 20)),
  );
}

const CONNECTION = { live: ["ok", "circleCheck"], connecting: ["warn", "progress"], lost: ["bad", "warning"] };

function connection(state) {
  const [kind, symbol] = CONNECTION[state];
  return h("span", { class: `live ${kind}`, "data-state": state, title: t(`live.${state}.long`) }, icon(symbol, 16),
    h("span", { class: "live-text" }, t(`live.${state}`)));
}

function languageSwitch(context) {
  const others = Object.keys(LANGUAGES);
  const next = others[(others.indexOf(language()) + 1) % others.length];
  return h("button", {
    class: "icon-button language", type: "button", lang: next, "aria-label": LANGUAGES[next], title: LANGUAGES[next], onclick: () => context.changeLanguage(next),
  }, h("span", { translate: "no" }, next.toUpperCase()));
}

function themeSwitch(context) {
  const order = ["system", "light", "dark"];
  const current = theme();
  const next = order[(order.indexOf(current) + 1) % order.length];
  return h("button", {
    class: "icon-button", type: "button", "aria-label": t("theme.switch", { current: t(`theme.${current}`), next: t(`theme.${next}`) }),
    title: t(`theme.${current}`),
    onclick: () => {
      setTheme(next);
      context.redraw();
    },
  }, icon({ system: "system", light: "sun", dark: "moon" }[current], 20));
}

function navigation(context, state, actions) {
  if (!state.me) return null;
  const current = state.route?.under ?? state.route?.name;
  return [
    h("ul", { class: "stack-xs" }, ROUTES.filter((route) => route.icon && (!route.needs || context.can(route.needs))).map((route) => h(
      "li", { key: route.name },
      h("a", { href: route.path, "aria-current": current === route.name ? "page" : undefined }, icon(route.icon, 20), t(`page.${route.name}`))))),
    h("div", { class: "side-foot" },
      h("button", { class: "link-button", type: "button", onclick: () => actions.toggleHelp(true) }, icon("keyboard", 18), t("help.title")),
      h("p", { class: "muted small side-version" }, t("nav.version", { version: state.me.version }))),
  ];
}

function content(context, state) {
  if (state.meProblem && !state.me) {
    return [pageHead({ title: t("state.failed") }), empty(t("state.failed"), problemText(state.meProblem), h(
      "button", { class: "button", type: "button", onclick: () => context.start() }, t("action.retry")))];
  }
  if (!state.me || !state.view) return h("div", { class: "stack" }, skeletonBlock(40), skeletonBlock(132), skeletonBlock(320));
  const isAllowed = !state.route.needs || context.can(state.route.needs);
  return [
    h("div", { class: "notices", key: "notices" }, state.isAway && notice("bad", t("live.lost.page"), { key: "away" }), lostNotice(context, state)),
    h("div", { key: `view ${state.route.name}` }, isAllowed
      ? state.view.view(context)
      : [pageHead({ title: t(`page.${state.route.under ?? state.route.name}`) }), empty(t("problem.forbidden"), t("problem.forbidden.text"))]),
  ];
}

function lostNotice(context, state) {
  if (state.connection !== "lost") return null;
  const newest = Math.max(0, ...Object.values(context.data).map((entry) => entry.at ?? 0));
  return notice("warn", newest ? t("live.lost.since", { time: clock(new Date(newest), true) }) : t("live.lost.long"), { key: "lost" });
}

const DIALOG_KEYS = [["/", "help.search"], ["?", "help.title"], ["Esc", "help.close"]];

function help(state, actions) {
  if (!state.isHelpOpen) return null;
  return h(
    "dialog", { class: "sheet", "aria-labelledby": "help-title", key: "help", widget: MODAL, data: {
      close: () => actions.toggleHelp(false),
      content: [
        h("div", { class: "row" }, h("h2", { id: "help-title" }, t("help.title")), h("span", { class: "spacer" }),
          h("button", { class: "icon-button", type: "button", "aria-label": t("help.close"), onclick: () => actions.toggleHelp(false) }, icon("close", 20))),
        h("dl", { class: "shortcuts" },
          DIALOG_KEYS.flatMap(([key, text]) => [h("dt", { key: `t ${key}` }, h("kbd", null, key)), h("dd", { key: `d ${key}` }, t(text))]),
          ROUTES.filter((route) => route.key && state.me).flatMap((route) => [
            h("dt", { key: `t ${route.name}` }, h("kbd", null, "g"), h("kbd", null, route.key)), h("dd", { key: `d ${route.name}` }, t(`page.${route.name}`))])),
        h("label", { class: "check" }, h("input", {
          type: "checkbox", checked: areShortcutsOn(), onchange: (event) => setShortcuts(event.target.checked),
        }), t("help.letters")),
      ],
    } });
}

/** Modal dialog; the browser traps the focus inside and restores it afterwards. */
const MODAL = {
  create(element, data) {
    let latest = data;
    const draw = () => patch(element, latest.content);
    element.addEventListener("close", () => latest.close());
    element.addEventListener("click", (event) => { if (event.target === element) element.close(); });
    draw();
    // `showModal` needs the element to be in the document.
    queueMicrotask(() => { if (element.isConnected && !element.open) element.showModal(); });
    return {
      update(next) {
        latest = next;
        draw();
      },
      destroy() { if (element.open) element.close(); },
    };
  },
};
