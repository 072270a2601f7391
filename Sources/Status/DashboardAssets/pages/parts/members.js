// Pods and processes of a relay, and the members of one that has several.

import { h } from "../core/dom.js";
import { milliseconds, number } from "../core/format.js";
import { t } from "../core/i18n.js";
import { stateChip } from "./status.js";
import { dataTable } from "./table.js";

/** Name of a pod as it is, of a process in the viewer's language. */
export function instanceName(instance) {
  if (!instance) return h("span", { class: "muted" }, t("relay.instance.unknown"));
  if (instance.kind === "pod") return h("span", { translate: "no" }, instance.name);
  return instance.process === null ? t("relay.instance.noProcess") : t("relay.instance.process", { id: String(instance.process) });
}

/** Whether a relay has several members, or should have. */
export function hasMembers({ members }) {
  return Boolean(members) && (members.items.length > 1 || members.ready < members.expected);
}

/** How many members are ready, and whether they agree. */
export function membersState(members) {
  return [
    h("span", { class: "small muted", key: "ready" }, t("relay.members.ready", { ready: members.ready, count: members.expected })),
    members.agree !== null && stateChip("agreement", members.agree ? "yes" : "no"),
  ];
}

/** Table of a relay's members. */
export function memberTable(members) {
  return dataTable({
    caption: t("relay.members"), rows: members.items, rowKey: (member) => member.number ?? member.instance?.name,
    columns: [
      { key: "process", label: t("field.process"), cell: (member) => instanceName(member.instance) },
      { key: "state", label: t("field.state"), cell: (member) => stateChip("member", member.state) },
      { key: "homes", label: t("field.homes"), isNumber: true, cell: (member) => h("data", { value: member.homes ?? "" }, number(member.homes)) },
      { key: "roundTrip", label: t("field.roundTrip"), isNumber: true, cell: (member) => h("data", { value: member.roundTripMilliseconds ?? "" }, milliseconds(member.roundTripMilliseconds)) },
      { key: "agrees", label: t("field.agrees"), cell: (member) => member.agrees === null ? h("span", { class: "muted" }, "–") : t(member.agrees ? "answer.yes" : "answer.no") },
    ],
  });
}
