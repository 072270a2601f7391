// The theme: light, dark or the system's. theme.js reads the same key of the browser's storage.

const KEPT = "wpex.theme";

/** The chosen theme: `light`, `dark` or `system`. */
export function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

/** Applies and stores a theme. */
export function setTheme(chosen) {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    if (chosen === "system") localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, chosen);
  } catch {
    // Without storage, the choice lasts until the page is closed.
  }
}

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** The effective theme: `light` or `dark`. */
export function themeInForce() {
  return theme() === "system" ? (DARK.matches ? "dark" : "light") : theme();
}

/** Calls `changed` when the system's theme changes. */
export function whenThemeChanges(changed) {
  DARK.addEventListener("change", changed);
}
