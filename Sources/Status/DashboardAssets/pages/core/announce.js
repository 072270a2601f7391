// Says to a screen reader what changed without moving the focus.

/** The element whose text is read; the page's frame has it. */
export const ANNOUNCER = "announcer";

export function announce(text) {
  const element = document.getElementById(ANNOUNCER);
  if (!element) return;
  element.textContent = "";
  // An equal text is read again only where it was gone before.
  requestAnimationFrame(() => { element.textContent = text; });
}
