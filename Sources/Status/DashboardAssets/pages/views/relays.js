// The list of relays.

import { apiPath } from "../core/api.js";
import { t, term } from "../core/i18n.js";
import { choice, filterBar, listParameters, orgChoice, searchField } from "../parts/filters.js";
import { pageHead } from "../parts/page.js";
import { relayColumns } from "../parts/relays.js";
import { listView, PAGE_SIZE } from "../parts/table.js";

const FILTERS = ["org", "region", "status", "grade", "state", "problems", "label"];
const words = (group, all) => all.map((word) => [word, term(group, word)]);

export default {
  title: () => t("page.relays"),

  resources: (context) => ({
    relays: { path: apiPath("/relays", listParameters(context, FILTERS, { limit: PAGE_SIZE })), topics: ["relays"] },
  }),

  view: (context) => [
    pageHead({ title: t("page.relays"), subtitle: t("relays.subtitle") }),
    filterBar(
      context, searchField(context, t("relays.search")), orgChoice(context),
      choice(context, "region", t("field.region"), context.me.platform.regions.map((region) => [region.name, region.name])),
      choice(context, "status", t("field.status"), words("relay", ["current", "inProgress", "failed", "unreachable", "stopped", "unknown"])),
      context.can("metrics:read") && choice(context, "grade", t("field.health"), words("grade", ["healthy", "degraded", "critical", "unknown"]))),
    listView(context, "relays", {
      table: { caption: t("page.relays"), columns: relayColumns(context), rowKey: (row) => row.id, defaultSort: "id" },
      emptyTitle: t("relays.none"), emptyText: t("relays.none.text"),
    }),
  ],
};
