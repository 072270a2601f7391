// Tabs whose selection is in the URL; arrow keys move between them.

import { h } from "../core/dom.js";

/** Tabs: `{ id, label, count, view }`; the view of the selected one is shown. */
export function tabs(context, label, all) {
  const chosen = all.find((tab) => tab.id === context.query.get("tab")) ?? all[0];
  const choose = (tab) => context.setQuery({ tab: tab === all[0] ? null : tab.id }, { replace: true });
  const onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = all.findIndex((tab) => tab.id === chosen.id);
    const next = event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : step && all[(place + step + all.length) % all.length];
    if (!next) return;
    event.preventDefault();
    choose(next);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return [
    h("div", { class: "tabs", role: "tablist", "aria-label": label, key: "tabs", onkeydown }, all.map((tab) => h(
      "button",
      {
        role: "tab", type: "button", id: `tab-${tab.id}`, key: tab.id, "aria-selected": String(tab === chosen), "aria-controls": "tabpanel",
        tabindex: tab === chosen ? "0" : "-1", onclick: () => choose(tab),
      },
      tab.label, tab.count !== undefined && h("span", { class: "count" }, String(tab.count))))),
    h("div", { role: "tabpanel", id: "tabpanel", "aria-labelledby": `tab-${chosen.id}`, tabindex: "0", key: `panel ${chosen.id}` }, chosen.view()),
  ];
}
