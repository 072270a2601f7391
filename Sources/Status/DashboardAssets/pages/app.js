// The application: chooses the view of an address, reads its resources and draws it.

import { Problem, read } from "./core/api.js";
import { announce } from "./core/announce.js";
import { patch } from "./core/dom.js";
import { preferredLanguage, t, useLanguage } from "./core/i18n.js";
import { listenForKeys } from "./core/keys.js";
import { follow } from "./core/live.js";
import { Resources } from "./core/resources.js";
import { ROUTES, routeOf } from "./core/routes.js";
import { whenThemeChanges } from "./core/theme.js";
import { frame } from "./parts/frame.js";
import { whenFoldChanges } from "./parts/table.js";

/** Milliseconds between updates of ages ("3 minutes ago"). */
const AGING = 10_000;
/** Milliseconds between polls while the event stream is lost. */
const POLLING = 15_000;

const RELOADED = "wpex.reloaded";
/** Milliseconds for which the document is not reloaded again because of a missing file. */
const PATIENCE = 60_000;

const state = {
  me: undefined, meProblem: undefined, view: undefined, route: undefined, parameters: {}, connection: "connecting", isMenuOpen: false,
  isHelpOpen: false, isAway: false,
};
const resources = new Resources(draw, signedOut);
let stream;
let isDrawing = false;

/** Context passed to views. */
const context = {
  get me() { return state.me; },
  get parameters() { return state.parameters; },
  get query() { return new URLSearchParams(location.search); },
  get historyState() { return history.state ?? {}; },
  get data() { return resources.entries; },
  get connection() { return state.connection; },
  can(permission) {
    const { everywhere, inOrganization } = state.me.permissions;
    return everywhere.includes(permission) || inOrganization.includes(permission);
  },
  canEverywhere(permission) { return state.me.permissions.everywhere.includes(permission); },
  setQuery, navigate, redraw: draw, retry: () => resources.retry(),
  async start() { await begin(); },
  async changeLanguage(code) {
    await useLanguage(code, { keep: true });
    draw();
  },
  signedOut,
};

/** Schedules a rendering of the frame and the view; several calls in a row make one. */
function draw() {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    const title = state.view?.title(context);
    document.title = title ? `${title} · wpex` : "wpex";
    patch(document.getElementById("app"), frame(context, state, { toggleMenu, toggleHelp }));
    restoreScroll();
  });
}

function toggleMenu(isOpen = !state.isMenuOpen) {
  state.isMenuOpen = isOpen;
  draw();
}

function toggleHelp(isOpen = !state.isHelpOpen) {
  state.isHelpOpen = isOpen;
  draw();
}

/** Saves the scroll position for the way back: the browser would restore it before there are rows. */
function keepScroll() {
  history.replaceState({ ...history.state, scroll: Math.round(scrollY) }, "");
}

let wantedScroll;

/** Restores the scroll position, once all resources are read. */
function restoreScroll() {
  if (wantedScroll === undefined) return;
  const entries = Object.values(resources.entries);
  if (entries.some((entry) => entry.value === undefined && !entry.problem)) return;
  scrollTo(0, wantedScroll);
  wantedScroll = undefined;
}

/** Changes parameters of the URL's query; null and empty values remove them. */
function setQuery(changes, { replace = false, state: kept = {} } = {}) {
  if (!replace) keepScroll();
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history[replace ? "replaceState" : "pushState"](kept, "", `${location.pathname}${text ? `?${text}` : ""}`);
  want({ keep: true });
  draw();
}

/** Navigates to an address of the pages. */
function navigate(address, { replace = false, state: kept = {} } = {}) {
  if (!replace) keepScroll();
  history[replace ? "replaceState" : "pushState"](kept, "", address);
  return showAddress({ isNew: true });
}

/** Shows the view of the current address. `isNew`: not reached by going back or forward in the history. */
async function showAddress({ isNew }) {
  const path = location.pathname;
  const { route, parameters } = routeOf(path);
  const isSamePage = state.route === route && JSON.stringify(parameters) === JSON.stringify(state.parameters);
  state.isMenuOpen = false;
  wantedScroll = isNew ? undefined : history.state?.scroll;
  if (!isSamePage) {
    let module;
    try {
      module = await route.load();
    } catch {
      return missingFile();
    }
    if (location.pathname !== path) return undefined;
    state.isAway = false;
    state.shown = location.pathname + location.search;
    state.view?.leave?.();
    Object.assign(state, { route, parameters, view: module.default });
    resources.stop();
  }
  want({ keep: isSamePage });
  draw();
  if (!isSamePage && isNew) queueMicrotask(() => {
    scrollTo(0, 0);
    document.getElementById("title")?.focus({ preventScroll: true });
  });
  return undefined;
}

/**
 * Preloads the other views in idle time, so that they open without the server and can report that it is unreachable.
 */
function loadAhead() {
  const wait = globalThis.requestIdleCallback ?? ((body) => setTimeout(body, 2000));
  wait(async () => {
    for (const route of ROUTES) if (!route.needs || (state.me && context.can(route.needs))) await route.load().catch(() => {});
  });
}

/**
 * Handles a file that cannot be loaded: it belongs to another release, and the new document knows the new names, so the
 * document is reloaded once. If the server is unreachable, the current page stays, if there is one.
 */
async function missingFile() {
  if (state.view && !(await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false))) {
    history.replaceState({}, "", state.shown);
    state.isAway = true;
    announce(t("live.lost.page"));
    draw();
    return;
  }
  const tried = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - tried < PATIENCE) {
    state.meProblem = new Problem(0);
    state.me = undefined;
    draw();
    return;
  }
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

function mayShow(route) {
  return !route.needs || context.can(route.needs);
}

/** Reads the resources of the current view, if the viewer may see it. */
function want(options) {
  if (!state.view || (!state.me && !state.route.isOpen)) return;
  const isShown = state.route.isOpen || mayShow(state.route);
  resources.want(isShown ? state.view.resources?.(context) ?? {} : {}, options);
}

/** - `isWanted`: whether the user asked for it; otherwise the login page says that the session has ended. */
function signedOut({ isWanted = false } = {}) {
  stream?.stop();
  stream = undefined;
  state.me = undefined;
  const hadSession = noteSession(false) && !isWanted;
  if (location.pathname === "/login") return;
  const next = location.pathname + location.search;
  navigate(next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`, { replace: true, state: { hasEnded: hadSession } });
}

const SESSION = "wpex.session";

/** Stores whether there is a session, and returns whether there was one. */
function noteSession(isThere) {
  try {
    const was = localStorage.getItem(SESSION) !== null;
    if (isThere) localStorage.setItem(SESSION, "1");
    else localStorage.removeItem(SESSION);
    return was;
  } catch {
    // Without storage in the browser, there is no earlier session to report.
    return false;
  }
}

/** Reads the viewer; returns whether there is a session. */
async function readMe() {
  try {
    state.me = await read("/api/v1/me");
    state.meProblem = undefined;
    noteSession(true);
    return true;
  } catch (failure) {
    if (failure instanceof Problem && failure.status === 401) signedOut();
    else if (!state.me) {
      state.meProblem = failure;
      draw();
    }
    return false;
  }
}

/** Starts what needs a session: the viewer's identity, the first reads and the event stream. */
async function begin() {
  if (!(await readMe())) return;
  want({ keep: true });
  draw();
  stream ??= follow({
    onchange: async (topic) => {
      if (topic === undefined || topic === "me") {
        await readMe();
        draw();
      }
      resources.refresh(topic);
    },
    onstate: (connection) => {
      if (state.connection === connection) return;
      if (connection === "live") {
        state.isAway = false;
        loadAhead();
      }
      if (state.connection === "lost" || connection === "lost") announce(t(`live.${connection}.long`));
      state.connection = connection;
      draw();
    },
    onsignedout: signedOut,
  });
}

/** Handles clicks on links to pages without reloading the document. */
function followLinks(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const address = new URL(link.href, location.href);
  if (link.target || link.hasAttribute("download") || address.origin !== location.origin) return;
  if (address.hash && address.pathname === location.pathname && address.search === location.search) return;
  if (routeOf(address.pathname).route.name === "missing") return;
  event.preventDefault();
  navigate(address.pathname + address.search);
}

/** Starts the application. */
async function run() {
  await useLanguage(preferredLanguage()).catch(() => useLanguage("en"));
  history.scrollRestoration = "manual";
  addEventListener("pagehide", keepScroll);
  addEventListener("popstate", () => showAddress({ isNew: false }));
  document.addEventListener("click", followLinks);
  whenThemeChanges(draw);
  whenFoldChanges(draw);
  listenForKeys({ navigate, toggleHelp, toggleMenu, state, mayShow: (route) => state.me && mayShow(route) });
  setInterval(() => { if (!document.hidden) draw(); }, AGING);
  setInterval(() => {
    if (state.connection === "lost" && !document.hidden) resources.refresh(undefined);
  }, POLLING);
  const isOpen = routeOf(location.pathname).route.isOpen;
  const me = isOpen ? undefined : begin();
  await showAddress({ isNew: false });
  await me;
}

run();
