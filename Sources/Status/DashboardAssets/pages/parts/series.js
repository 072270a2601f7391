// Charts of an API series, with a choice of the time range.

import { h } from "../core/dom.js";
import { bitRate, number, percent } from "../core/format.js";
import { t } from "../core/i18n.js";
import { themeInForce } from "../core/theme.js";
import { chart, windowed } from "./charts.js";

const HOURS = [1, 6, 24];

const hoursOf = (context) => HOURS.find((hours) => `${hours}h` === context.query.get("range")) ?? 24;

/** Choice of the time range: one hour, six hours or a day. */
export function rangeSwitch(context) {
  return h("div", { class: "segments", role: "group", "aria-label": t("chart.range") }, HOURS.map((hours) => h("button", {
    type: "button", key: hours, "aria-pressed": String(hoursOf(context) === hours),
    onclick: () => context.setQuery({ range: hours === 24 ? null : `${hours}h` }, { replace: true }),
  }, t("chart.hours", { count: hours }))));
}

/** Health, handshakes, sessions and throughput over the chosen time range. */
export function seriesCharts(context, series) {
  const { times, values } = windowed(series, hoursOf(context));
  // A chart reads its colours once, so a change of theme makes a new chart.
  const colours = themeInForce();
  const one = (id, title, lines, format, limits = {}) => h("div", { key: `${id} ${colours}` }, chart({ id, title, times, lines, format, ...limits }));
  return h("div", { class: "charts" },
    one("throughput", t("field.throughput"), [
      { label: t("chart.received"), values: values("receivedBitsPerSecond") }, { label: t("chart.sent"), values: values("sentBitsPerSecond") },
    ], bitRate),
    one("sessions", t("field.sessions"), [{ label: t("field.sessions"), values: values("sessions") }], (value) => number(value, 1)),
    one("handshakes", t("chart.handshakes"), [{ label: t("chart.success"), values: values("handshakeSuccessPercent") }],
      (value) => percent(value / 100, 1), { low: 0, high: 100 }),
    one("health", t("field.health"), [{ label: t("field.health"), values: values("health") }], (value) => number(value, 0), { low: 0, high: 100 }));
}
