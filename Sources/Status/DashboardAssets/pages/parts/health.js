// Components of a health score.

import { h } from "../core/dom.js";
import { number, percent } from "../core/format.js";
import { t, term } from "../core/i18n.js";
import { serverText } from "./page.js";
import { meterTrack, stateChip, tone } from "./status.js";

const gradeOf = (score) => (score >= 80 ? "healthy" : score >= 50 ? "degraded" : "critical");

/** The score, and each component with its weight. */
export function healthBreakdown(health) {
  return h(
    "div", { class: "stack" },
    h("div", { class: "row" }, health.score === null ? null : h("div", { class: "score" }, h("data", { value: health.score }, number(health.score)), h("small", null, "/ 100")), stateChip("grade", health.grade)),
    h("ul", { class: "parts" }, (health.components ?? []).map((part) => h(
      "li", { key: part.name },
      h("div", { class: "row" }, h("span", null, term("component", part.name), " ", h("span", { class: "muted small" }, t("health.weight", { weight: percent(part.weight, 0) }))),
        h("strong", null, h("data", { value: part.score ?? "" }, part.score === null ? "–" : number(part.score)))),
      part.score !== null && h("span", { class: "meter wide" }, meterTrack(part.score / 100, tone("grade", gradeOf(part.score)))),
      part.detail && h("span", { class: "muted small" }, serverText(part.detail, part.detailStatements))))));
}
