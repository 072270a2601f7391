// The compiler's messages, each with the place in its file.

import { h } from "../core/dom.js";
import { t, term } from "../core/i18n.js";
import { copyable } from "./commands.js";
import { stateChip } from "./status.js";

export function diagnosticList(diagnostics) {
  return h("ol", { class: "stack" }, diagnostics.map((diagnostic, index) => h(
    "li", { class: "stack-s", key: `${diagnostic.code} ${diagnostic.path} ${diagnostic.line} ${index}` },
    h("div", { class: "row" }, stateChip("diagnostic", diagnostic.severity), h("code", null, diagnostic.code), h("strong", { lang: "en" }, diagnostic.message)),
    diagnostic.path && h("pre", { class: "frame", tabindex: "0", role: "region", "aria-label": t("diagnostic.frame", { severity: term("diagnostic", diagnostic.severity), code: diagnostic.code, path: diagnostic.path }) },
      h("code", null, `${diagnostic.path}:${diagnostic.line}:${diagnostic.column}\n${diagnostic.frame ?? ""}`)),
    diagnostic.help && h("p", { class: "small", lang: "en" }, diagnostic.help),
    diagnostic.explain && copyable(diagnostic.explain, t("diagnostic.explain")))));
}
