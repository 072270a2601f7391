// Compiler diagnostics with their locations.

import { h } from "../core/dom.js";
import { number } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { copyable } from "./commands.js";
import { prose } from "./page.js";
import { stateChip } from "./status.js";

/** Maximum number of diagnostics that are shown expanded. */
const FEW = 3;

/** Diagnostics grouped by code, blocking ones first. Large groups show only their messages until expanded. */
export function diagnosticList(diagnostics) {
  const groups = new Map();
  for (const diagnostic of diagnostics) {
    const name = `${diagnostic.severity} ${diagnostic.code}`;
    groups.set(name, [...(groups.get(name) ?? []), diagnostic]);
  }
  const rank = ({ severity }) => ["error", "warning"].indexOf(severity) & 3;
  const sorted = [...groups].sort(([, one], [, other]) => rank(one[0]) - rank(other[0]));
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  return h("div", { class: "stack-s" }, sorted.map(([name, all]) => {
    const isOpen = all[0].severity === "error" ? errors <= FEW : diagnostics.length <= FEW;
    return h("details", { class: "messages", key: `${name} ${isOpen}`, ...(isOpen && { open: true }) },
      h("summary", { class: "row" }, stateChip("diagnostic", all[0].severity), h("code", null, all[0].code),
        h("span", { class: "count" }, number(all.length)), h("strong", { lang: "en" }, prose(all[0].message))),
      h("ol", { class: "stack" }, all.map(message)),
      all[0].explain && copyable(all[0].explain, t("diagnostic.explain")));
  }));
}

function message(diagnostic, index) {
  return h("li", { class: "stack-s", key: `${diagnostic.path} ${diagnostic.line} ${index}` },
    index > 0 && h("p", { lang: "en" }, prose(diagnostic.message)),
    diagnostic.path && h("pre", { class: "frame", tabindex: "0", role: "region", "aria-label": t("diagnostic.frame", { severity: term("diagnostic", diagnostic.severity), code: diagnostic.code, path: diagnostic.path }) },
      h("code", null, `${diagnostic.path}:${diagnostic.line}:${diagnostic.column}\n${diagnostic.frame ?? ""}`)),
    diagnostic.help && h("p", { class: "small", lang: "en" }, prose(diagnostic.help)));
}
