// The words: one catalogue for each language, in text/.

/** Languages by their code; each names itself. */
export const LANGUAGES = { en: "English", it: "Italiano" };

const KEPT = "wpex.language";
let catalogue = {};
let plural = new Intl.PluralRules("en");
let current = "en";

/** The language in force, in the variant that the browser asks for: it decides how times and numbers are written. */
export function locale() {
  return (navigator.languages ?? []).find((tag) => tag.toLowerCase().startsWith(current)) ?? current;
}

/** The language in force. */
export function language() {
  return current;
}

/** The one chosen before, else the first of the browser's that there is (the browser's list is its Accept-Language). */
export function preferredLanguage() {
  const wanted = [];
  try {
    wanted.push(localStorage.getItem(KEPT));
  } catch {
    // A browser that keeps nothing has its own list.
  }
  wanted.push(...(navigator.languages ?? []));
  return wanted.map((tag) => String(tag).slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en";
}

/** Takes a language's catalogue into use. */
export async function useLanguage(code, { keep = false } = {}) {
  catalogue = (await import(`../text/${code}.js`)).default;
  current = code;
  plural = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  if (!keep) return;
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // It holds until the page is left.
  }
}

/**
 * The text of a key. `{name}` is replaced by the parameter of that name; a text with plural forms
 * (`{ one: …, other: … }`) is chosen by the parameter `count`.
 */
export function t(key, parameters = {}) {
  const entry = catalogue[key];
  if (entry === undefined) return key;
  const text = typeof entry === "string" ? entry : entry[plural.select(Number(parameters.count))] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : String(value);
  });
}

/** The text of a word of the API (a status, a kind), or the word itself where the catalogue has none. */
export function term(group, word) {
  const key = `${group}.${word}`;
  return key in catalogue ? t(key) : String(word ?? "");
}
