// Keyboard shortcuts. Single letters can be disabled, because speech input and tremor can type them by accident (WCAG
// 2.1.4).

import { ROUTES } from "./routes.js";

const KEPT = "wpex.shortcuts";
/** Milliseconds within which the second letter must follow `g`. */
const PATIENCE = 1200;

/** Whether single-letter shortcuts are enabled. */
export function areShortcutsOn() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

/** Enables or disables single-letter shortcuts. */
export function setShortcuts(areOn) {
  try {
    localStorage.setItem(KEPT, areOn ? "on" : "off");
  } catch {
    // Without storage, shortcuts stay on.
  }
}

/** Whether the focused element accepts typing. */
function isTyping(target) {
  return target.closest?.("input, select, textarea, [contenteditable]") !== null;
}

/** Installs the shortcuts: `g` and a letter for a page, `/` to search, `?` for help, Escape to close the menu. */
export function listenForKeys({ navigate, toggleHelp, toggleMenu, state, mayShow }) {
  let isGoing = false;
  let timer;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.isMenuOpen) {
      toggleMenu(false);
      document.getElementById("menu-toggle")?.focus();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") || !areShortcutsOn()) return;
    if (isGoing) {
      isGoing = false;
      clearTimeout(timer);
      const route = ROUTES.find((candidate) => candidate.key === event.key);
      if (route && mayShow(route)) {
        event.preventDefault();
        navigate(route.path);
      }
    } else if (event.key === "/") {
      event.preventDefault();
      const field = document.getElementById("search");
      if (field instanceof HTMLInputElement) {
        field.focus();
        field.select();
      } else if (mayShow(ROUTES.find((route) => route.name === "relays"))) {
        navigate("/relays").then(() => queueMicrotask(() => document.getElementById("search")?.focus()));
      }
    } else if (event.key === "?") {
      event.preventDefault();
      toggleHelp(true);
    } else if (event.key === "g") {
      isGoing = true;
      timer = setTimeout(() => { isGoing = false; }, PATIENCE);
    }
  });
}
