// Icons drawn for these pages: strokes on a 20 × 20 grid.

import { h } from "../core/dom.js";

const PATHS = {
  gauge: "M3.5 14a7 7 0 1 1 13 0M10 12l3-4",
  relay: "M3 5.5h14v4H3zM3 11.5h14v4H3zM6 7.5h.01M6 13.5h.01",
  key: "M7.5 12.5a4 4 0 1 1 3-3L17 16v1.5h-2.5V15.5H12V13h-1.5z",
  building: "M4 17V4h8v13M12 8h4v9M2.5 17h15M7 7h2M7 10h2M7 13h2",
  users: "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5M13 9a2.5 2.5 0 1 0 0-5M15 12.3c2 .6 3 2 3 4.2",
  map: "M5 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM15 9.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 17.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6.8 5.2l6.4 1.7M5.7 6.3l1.7 7.3M13.7 9.2l-4.2 5",
  bell: "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3",
  list: "M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01",
  sync: "M16.5 8A7 7 0 0 0 4 6.5M3.5 3v4h4M3.5 12A7 7 0 0 0 16 13.5M16.5 17v-4h-4",
  check: "M4 10.5l4 4 8-9",
  circleCheck: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM6.8 10.2l2.3 2.3 4.2-4.8",
  warning: "M10 3l7.5 13.5h-15zM10 8v4M10 14.3h.01",
  critical: "M7 2.5h6l4.5 4.5v6L13 17.5H7L2.5 13V7zM7.5 7.5l5 5M12.5 7.5l-5 5",
  info: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 9.3v4.2M10 6.5h.01",
  pause: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM8.3 7.5v5M11.7 7.5v5",
  question: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM8 8.2a2 2 0 1 1 2.8 1.8c-.6.3-.8.6-.8 1.3M10 13.7h.01",
  progress: "M10 17.5a7.5 7.5 0 1 0-7.5-7.5M10 5.8V10l2.8 1.8",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17.5 17.5",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  close: "M5 5l10 10M15 5L5 15",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M15.8 4.2l-1.2 1.2M5.4 14.6l-1.2 1.2",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  system: "M3 4h14v9.5H3zM7.5 17h5M10 13.5V17",
  account: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17c0-3.2 2.8-5 6.5-5s6.5 1.8 6.5 5",
  keyboard: "M2.5 5h15v10h-15zM6 8.5h.01M9 8.5h.01M12 8.5h.01M15 8.5h.01M6.5 12h7",
  up: "M5 12l5-5 5 5",
  down: "M5 8l5 5 5-5",
  sort: "M6.5 8L10 4.5 13.5 8M6.5 12l3.5 3.5 3.5-3.5",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  link: "M8 4H4v12h12v-4M11 3.5h5.5V9M16 4l-7 7",
  dot: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  shield: "M10 2.5l6.5 2.5v5c0 4-3 6.5-6.5 7.5C6.5 16.5 3.5 14 3.5 10V5zM7 10l2.2 2.2L13.3 8",
  shieldBroken: "M10 2.5l6.5 2.5v5c0 4-3 6.5-6.5 7.5C6.5 16.5 3.5 14 3.5 10V5zM7.8 7.8l4.4 4.4M12.2 7.8l-4.4 4.4",
  commit: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 10H7M13 10h4.5",
};

/** An icon by name. Decorative: text beside it says the same. */
export function icon(name, size = 18) {
  return h(
    "svg",
    {
      viewBox: "0 0 20 20", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round",
      "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false",
    },
    h("path", { d: PATHS[name] ?? PATHS.dot }),
  );
}

/** Path data of an icon, for use in other SVG drawings. */
export function iconPath(name) {
  return PATHS[name] ?? PATHS.dot;
}
