// Announces changes to screen readers without moving the focus.

/** Id of the live region, which the page's frame contains. */
export const ANNOUNCER = "announcer";

/** Has a screen reader read a text. */
export function announce(text) {
  const element = document.getElementById(ANNOUNCER);
  if (!element) return;
  element.textContent = "";
  // Screen readers repeat an equal text only if it was cleared before.
  requestAnimationFrame(() => { element.textContent = text; });
}
