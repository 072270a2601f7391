// Sparklines: small charts of the last day, without axes.

import { h } from "../core/dom.js";

const WIDTH = 100;
const HEIGHT = 32;

/** A line through the values, with gaps where there was no measurement. Decorative: the tile states the figure. */
export function spark(values) {
  const known = (values ?? []).filter((value) => value !== null);
  if (known.length < 2) return h("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const x = (index) => (index / (values.length - 1)) * WIDTH;
  const y = (value) => (span === 0 ? HEIGHT / 2 : HEIGHT - 3 - ((value - low) / span) * (HEIGHT - 6));
  const runs = [];
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    if (index === 0 || values[index - 1] === null) runs.push([]);
    runs.at(-1).push([x(index), y(value)]);
  }
  const line = (points) => points.map(([left, top], index) => `${index === 0 ? "M" : "L"}${left.toFixed(2)} ${top.toFixed(2)}`).join("");
  const area = (points) => `${line(points)}L${points.at(-1)[0].toFixed(2)} ${HEIGHT}L${points[0][0].toFixed(2)} ${HEIGHT}Z`;
  const drawn = runs.filter((points) => points.length > 1);
  return h(
    "svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    h("path", { class: "area", d: drawn.map(area).join("") }), h("path", { class: "line", d: drawn.map(line).join("") }));
}
