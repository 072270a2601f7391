// The list of keys.

import { apiPath } from "../core/api.js";
import { t, term } from "../core/i18n.js";
import { choice, filterBar, listParameters, orgChoice, searchField } from "../parts/filters.js";
import { keyColumns } from "../parts/keys.js";
import { pageHead } from "../parts/page.js";
import { listView, PAGE_SIZE } from "../parts/table.js";

const FILTERS = ["org", "status", "connected", "expiring", "region"];

export default {
  title: () => t("page.keys"),

  resources: (context) => ({
    keys: { path: apiPath("/keys", listParameters(context, FILTERS, { limit: PAGE_SIZE })), topics: ["keys"] },
  }),

  view: (context) => [
    pageHead({ title: t("page.keys"), subtitle: t("keys.subtitle") }),
    filterBar(
      context, searchField(context, t("keys.search")), orgChoice(context),
      choice(context, "status", t("field.status"), ["active", "revoked", "expired"].map((word) => [word, term("key", word)])),
      context.can("metrics:read") && choice(context, "connected", t("field.connection"), [["true", t("keys.connected")], ["false", t("keys.unconnected")]]),
      choice(context, "expiring", t("field.expires"), [["true", t("keys.expiring")]]),
      choice(context, "region", t("field.region"), context.me.platform.regions.map((region) => [region.name, region.name]))),
    listView(context, "keys", {
      table: { caption: t("page.keys"), columns: keyColumns(context), rowKey: (row) => row.id, defaultSort: "id" },
      emptyTitle: t("keys.none"), emptyText: t("keys.none.text"),
    }),
  ],
};
