// The theme: light, dark, or as the system has it. The document's first script reads the same place.

const KEPT = "wpex.theme";

/** `light`, `dark` or `system`. */
export function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

export function setTheme(chosen) {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    if (chosen === "system") localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, chosen);
  } catch {
    // It holds until the page is left.
  }
}

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** `light` or `dark`: what the page looks like now. */
export function themeInForce() {
  return theme() === "system" ? (DARK.matches ? "dark" : "light") : theme();
}

/** Calls when the system's theme changes. */
export function whenThemeChanges(changed) {
  DARK.addEventListener("change", changed);
}
