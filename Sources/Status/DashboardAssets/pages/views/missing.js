// Page for unknown addresses.

import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { empty, pageHead } from "../parts/page.js";

export default {
  title: () => t("missing.title"),
  view: () => [pageHead({ title: t("missing.title") }), empty(t("missing.title"), t("missing.text"), h("a", { class: "button", href: "/" }, t("missing.home")))],
};
