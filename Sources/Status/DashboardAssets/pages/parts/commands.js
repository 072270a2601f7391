// Commands that a page shows instead of buttons, because the pages are read-only.

import { h } from "../core/dom.js";
import { t, term } from "../core/i18n.js";
import { announce } from "../core/announce.js";
import { icon } from "./icons.js";

async function copy(event, text) {
  // Once the text is copied, the event no longer has a current target.
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(text);
    announce(t("copy.done"));
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 1500);
  } catch {
    // If the browser denies access to the clipboard, the text is selected so that the user can copy it.
    const range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("pre"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    announce(t("copy.selected"));
  }
}

/**
 * A text with a copy button. `label` names the text.
 * @param {string} text
 * @param {string} label
 * @param {{ key?: any, many?: boolean }} options
 */
export function copyable(text, label, { key, many = false } = {}) {
  return h(
    "div", { class: many ? "command is-many" : "command", key },
    h("pre", { tabindex: "0", role: "region", "aria-label": label }, h("code", null, many ? text : marked(text))),
    h("button", { class: "button", type: "button", "aria-label": t("copy.label", { what: label }), onclick: (event) => copy(event, text) },
      icon("copy", 16), h("span", { class: "copied-mark", "aria-hidden": "true" }, icon("check", 16))),
  );
}

/** Placeholders, which the user has to replace. */
const PLACEHOLDER = /(?<![\w/.-])[A-Z][A-Z_]{2,}(?![\w.-])|(?<=\/)NAME\b/g;

/** A command with its placeholders marked. */
function marked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(end, found.index), h("mark", null, found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

function placeholders(text) {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map(([word]) => word))];
}

/** List of commands, each with its description. */
export function commandList(commands) {
  return h("ul", { class: "commands" }, commands.map((command) => {
    const label = term("command", command.action);
    return h("li", { key: command.action }, h("span", null, label === command.action ? command.label : label), copyable(command.command, label),
      placeholders(command.command).length > 0 && h("p", { class: "small muted" }, t("commands.replace"), " ", placeholders(command.command).map((word) => h("code", { key: word }, word, " "))));
  }));
}
