// Numbers, dates and units in the current language.

import { locale, WRITTEN } from "./i18n.js";

const made = new Map();

/** A formatter of Intl for the current locale, from a cache: they are slow to create. */
function formatter(kind, options) {
  const key = `${locale()} ${kind.name} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new kind(locale(), options));
  return made.get(key);
}

const absent = "–";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** An integer, or a decimal number with at most `digits` decimals. */
export function number(value, digits = 0) {
  return isNumber(value) ? formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value) : absent;
}

/** A fraction from 0 to 1 as a percentage. */
export function percent(share, digits = 1) {
  return isNumber(share)
    ? formatter(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }).format(share) : absent;
}

/** A number with the largest unit that fits. */
function scaled(value, units, step) {
  if (!isNumber(value)) return absent;
  let place = 0;
  while (Math.abs(value) >= step && place < units.length - 1) {
    value /= step;
    place += 1;
  }
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return `${formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value)} ${units[place]}`;
}

/** Bits per second, by powers of 1000. */
export function bitRate(value) {
  return scaled(value, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"], 1000);
}

/** Bytes, by powers of 1024. */
export function bytes(value) {
  return scaled(value, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], 1024);
}

/** Events per second. */
export function rate(value) {
  return isNumber(value) ? `${number(value, value < 10 ? 2 : 0)}/s` : absent;
}

/** Milliseconds. */
export function milliseconds(value) {
  return isNumber(value)
    ? formatter(Intl.NumberFormat, { style: "unit", unit: "millisecond", maximumFractionDigits: value < 10 ? 2 : 0 })
      .format(value) : absent;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const STEPS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** A duration in seconds, in its largest unit. */
export function duration(seconds) {
  if (!isNumber(seconds)) return absent;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? STEPS.at(-1);
  return formatter(Intl.NumberFormat, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 })
    .format(Math.floor(seconds / size));
}

/** A time (RFC 3339 text, or seconds since 1970) as a Date; undefined if there is none. */
export function moment(value) {
  if (value === undefined || value === null || value === "") return undefined;
  const date = new Date(typeof value === "number" ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Relative time: "3 minutes ago", "in 2 days". */
export function relative(date, now = Date.now()) {
  const seconds = Math.round((date.getTime() - now) / 1000);
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? STEPS.at(-1);
  return formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** Date and time, with seconds and time zone. */
export function dateTime(date) {
  return formatter(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "long" }).format(date);
}

/** Date without time. */
export function day(date) {
  return formatter(Intl.DateTimeFormat, { dateStyle: "medium" }).format(date);
}

/** Time of day in hours and minutes. */
export function clock(date, withSeconds = false) {
  return formatter(Intl.DateTimeFormat, { timeStyle: withSeconds ? "medium" : "short" }).format(date);
}

/** A day as the server writes it, `YYYY-MM-DD`: the same wherever it is read. */
WRITTEN.day = (text) => {
  const date = moment(text);
  return date ? formatter(Intl.DateTimeFormat, { dateStyle: "medium", timeZone: "UTC" }).format(date) : String(text);
};

/** A number of seconds. */
WRITTEN.duration = (seconds) => duration(seconds);
