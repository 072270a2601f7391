// The commands that a page shows in place of buttons: the pages change nothing.

import { h } from "../core/dom.js";
import { t, term } from "../core/i18n.js";
import { announce } from "../core/announce.js";
import { icon } from "./icons.js";

async function copy(event, text) {
  // The button is kept: by the time the text is copied the event has no current target.
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(text);
    announce(t("copy.done"));
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
  } catch {
    // Where the browser refuses the clipboard the text is selected for the person to copy.
    const range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("pre"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    announce(t("copy.selected"));
  }
}

/** A text to copy, with the button that does it. `label` says what is copied. */
export function copyable(text, label, { key, many = false } = {}) {
  return h(
    "div", { class: many ? "command is-many" : "command", key },
    h("pre", { tabindex: "0", role: "region", "aria-label": label }, h("code", null, text)),
    h("button", { class: "button", type: "button", "aria-label": t("copy.label", { what: label }), onclick: (event) => copy(event, text) },
      icon("copy", 16), h("span", { class: "copied-mark", "aria-hidden": "true" }, icon("check", 16))),
  );
}

/** The commands of a thing, each with what it does. */
export function commandList(commands) {
  if (commands.length === 0) return h("p", { class: "muted" }, t("commands.none"));
  return h("ul", { class: "commands" }, commands.map((command) => {
    const label = term("command", command.action);
    return h("li", { key: command.action }, h("span", null, label === command.action ? command.label : label), copyable(command.command, label));
  }));
}
