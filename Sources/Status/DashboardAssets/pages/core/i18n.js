// Translations: one catalogue for each language, in text/.

/** Languages by code, each with its own name for itself. */
export const LANGUAGES = { en: "English", it: "Italiano" };

const KEPT = "wpex.language";
let catalogue = {};
let plural = new Intl.PluralRules("en");
let current = "en";

/** Locale for times and numbers: the current language, in the variant that the browser prefers. */
export function locale() {
  return (navigator.languages ?? []).find((tag) => tag.toLowerCase().startsWith(current)) ?? current;
}

/** Code of the current language. */
export function language() {
  return current;
}

/** The stored choice, or else the first supported language of the browser's list (that of Accept-Language). */
export function preferredLanguage() {
  const wanted = [];
  try {
    wanted.push(localStorage.getItem(KEPT));
  } catch {
    // Without storage, the browser's list decides.
  }
  wanted.push(...(navigator.languages ?? []));
  return wanted.map((tag) => String(tag).slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en";
}

/** Switches to a language. */
export async function useLanguage(code, { keep = false } = {}) {
  catalogue = (await import(`../text/${code}.js`)).default;
  current = code;
  plural = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  if (!keep) return;
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // Without storage, the choice lasts until the page is closed.
  }
}

/**
 * How a parameter is written, by the word behind its colon; core/format.js adds them.
 * @type {Record<string, (value: any) => string>}
 */
export const WRITTEN = {};

/**
 * The text of a key. `{name}` is replaced by the parameter of that name, `{name:day}` by that parameter written as a day;
 * a text with plural forms (`{ one: …, other: … }`) is chosen by the parameter `count`.
 */
export function t(key, parameters = {}) {
  const entry = catalogue[key];
  if (entry === undefined) return key;
  const text = typeof entry === "string" ? entry : entry[plural.select(Number(parameters.count))] ?? entry.other;
  return text.replace(/\{(\w+)(?::(\w+))?\}/g, (whole, name, form) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    if (form) return WRITTEN[form](value);
    return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : String(value);
  });
}

/** Whether the catalogue has a text for a key. */
export function hasText(key) {
  return key in catalogue;
}

/** The text of a word of the API (a status, a kind), or the word itself where the catalogue has none. */
export function term(group, word) {
  const key = `${group}.${word}`;
  return key in catalogue ? t(key) : String(word ?? "");
}
