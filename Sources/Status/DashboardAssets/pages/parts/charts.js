// Time series charts, drawn by Chart.js, which is loaded when a page has a chart.

import { h } from "../core/dom.js";
import { clock, dateTime } from "../core/format.js";
import { t } from "../core/i18n.js";

let loading;

/** Loads Chart.js, which the distribution packages as a script that sets a global. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/chart.js", import.meta.url).href;
    script.onload = () => resolve(globalThis.Chart);
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error("Chart.js was not loaded"));
    };
    document.head.append(script);
  });
  return loading;
}

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options({ format, low, high }) {
  const grid = { color: token("--line"), borderColor: token("--line"), drawTicks: false };
  const ticks = { color: token("--muted"), font: { size: 11 }, maxTicksLimit: 5, padding: 6 };
  return {
    animation: false, responsive: true, maintainAspectRatio: false, normalized: true, spanGaps: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: { grid: { ...grid, display: false }, ticks: { ...ticks, maxTicksLimit: 6, maxRotation: 0, autoSkipPadding: 18 } },
      y: { grid, ticks: { ...ticks, callback: (value) => format(value) }, min: low, max: high, beginAtZero: true, grace: high === undefined ? "5%" : 0 },
    },
    plugins: {
      legend: { display: false },
      tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${format(item.parsed.y)}` } },
    },
  };
}

/** Whether a value has no neighbours, and is therefore drawn as a point. */
const isAlone = (values, place) => values[place] !== null && (values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null;

const contents = (data) => ({
  labels: data.times.map((time) => clock(time)),
  datasets: data.lines.map((line, index) => ({
    label: line.label, data: line.values, borderColor: token(`--series-${index + 1}`), backgroundColor: token(`--series-${index + 1}`),
    borderWidth: 1.75, borderDash: index === 1 ? [5, 3] : [], pointRadius: line.values.map((_, place) => (isAlone(line.values, place) ? 2.5 : 0)), pointHoverRadius: 3, tension: 0.2,
  })),
});

const CANVAS = {
  create(element, data) {
    let chart;
    let latest = data;
    let isGone = false;
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    element.append(canvas);
    library().then((Chart) => {
      if (!isGone) chart = new Chart(canvas, { type: "line", data: contents(latest), options: options(latest) });
    }, () => { element.textContent = t("chart.unavailable"); });
    return {
      update(next) {
        latest = next;
        if (!chart) return;
        chart.data = contents(next);
        chart.options = options(next);
        chart.update("none");
      },
      destroy() {
        isGone = true;
        chart?.destroy();
      },
    };
  },
};

/**
 * A chart with a summary in words, and its figures as a table. `lines`: `{ label, values }`, with one value for each of
 * `times`, null if there was no measurement.
 * @param {{ id: string, title: string, times: Date[], lines: any[], format: (value: any) => string, low?: number, high?: number }} options
 */
export function chart({ id, title, times, lines, format, low, high }) {
  const measured = lines.some((line) => line.values.some((value) => value !== null));
  const words = lines.map((line) => {
    const known = line.values.filter((value) => value !== null);
    return known.length === 0 ? undefined : t("chart.words", {
      what: line.label, last: format(known.at(-1)), low: format(Math.min(...known)), high: format(Math.max(...known)),
    });
  }).filter(Boolean).join(" ");
  return h(
    "figure", { class: "stack-s", key: id },
    h("figcaption", { class: "row" }, h("h3", null, title), h("span", { class: "spacer" }), lines.length > 1 && h(
      "ul", { class: "legend" }, lines.map((line, index) => h("li", { key: line.label }, swatch(index), line.label)))),
    measured
      ? [
        h("div", { class: "chart", role: "img", "aria-label": `${title}. ${words}`, widget: CANVAS, data: { times, lines, format, low, high } }),
        figures(times, lines, format),
      ]
      : h("p", { class: "muted chart-empty" }, t("chart.empty")),
  );
}

function swatch(index) {
  return h("svg", { width: 20, height: 8, viewBox: "0 0 20 8", "aria-hidden": "true" }, h("path", {
    d: "M1 4h18", fill: "none", "stroke-width": 2.5, class: `series-${index + 1}`, "stroke-dasharray": index === 1 ? "5 3" : undefined,
  }));
}

/** Table of the figures, with at most 48 rows: one for every half hour of a day. */
function figures(times, lines, format) {
  const step = Math.max(1, Math.ceil(times.length / 48));
  const places = times.map((_, index) => index).filter((index) => (times.length - 1 - index) % step === 0).reverse();
  return h(
    "details", { class: "figures" }, h("summary", null, t("chart.table")),
    h("div", { class: "figures-table", role: "region", tabindex: "0", "aria-label": t("chart.table") }, h(
      "table", { class: "data" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("field.time")), lines.map((line) => h("th", { scope: "col", class: "num" }, line.label)))),
      h("tbody", null, places.map((place) => h(
        "tr", { key: times[place].getTime() }, h("th", { scope: "row" }, h("time", { datetime: times[place].toISOString() }, dateTime(times[place]))),
        lines.map((line) => h("td", { class: "num" }, h("data", { value: line.values[place] ?? "" }, line.values[place] === null ? "–" : format(line.values[place]))))))))));
}

/** The last `hours` of an API series, as times and values. */
export function windowed(series, hours) {
  const start = Date.parse(series.start ?? "") || 0;
  const step = series.stepSeconds * 1000;
  const count = Math.max(0, ...Object.values(series).filter(Array.isArray).map((values) => values.length));
  const from = Math.max(0, count - Math.ceil((hours * 3600_000) / step));
  const times = Array.from({ length: count - from }, (_, index) => new Date(start + (from + index) * step));
  return { times, values: (name) => times.map((_, index) => series[name]?.[from + index] ?? null) };
}
