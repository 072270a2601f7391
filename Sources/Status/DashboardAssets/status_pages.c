// Everything that a browser loads, embedded by the compiler: the pages' own files, and Chart.js and d3 from the paths
// of Debian's packages libjs-chart.js and node-d3.
#include "status_pages.h"

static const unsigned char app_js[] = {
#embed "pages/app.js"
};
static const unsigned char core_announce_js[] = {
#embed "pages/core/announce.js"
};
static const unsigned char core_api_js[] = {
#embed "pages/core/api.js"
};
static const unsigned char core_dom_js[] = {
#embed "pages/core/dom.js"
};
static const unsigned char core_format_js[] = {
#embed "pages/core/format.js"
};
static const unsigned char core_i18n_js[] = {
#embed "pages/core/i18n.js"
};
static const unsigned char core_keys_js[] = {
#embed "pages/core/keys.js"
};
static const unsigned char core_live_js[] = {
#embed "pages/core/live.js"
};
static const unsigned char core_resources_js[] = {
#embed "pages/core/resources.js"
};
static const unsigned char core_routes_js[] = {
#embed "pages/core/routes.js"
};
static const unsigned char core_theme_js[] = {
#embed "pages/core/theme.js"
};
static const unsigned char icon_svg[] = {
#embed "pages/icon.svg"
};
static const unsigned char index_html[] = {
#embed "pages/index.html"
};
static const unsigned char parts_activity_js[] = {
#embed "pages/parts/activity.js"
};
static const unsigned char parts_alerts_js[] = {
#embed "pages/parts/alerts.js"
};
static const unsigned char parts_charts_js[] = {
#embed "pages/parts/charts.js"
};
static const unsigned char parts_client_js[] = {
#embed "pages/parts/client.js"
};
static const unsigned char parts_commands_js[] = {
#embed "pages/parts/commands.js"
};
static const unsigned char parts_diagnostics_js[] = {
#embed "pages/parts/diagnostics.js"
};
static const unsigned char parts_filters_js[] = {
#embed "pages/parts/filters.js"
};
static const unsigned char parts_frame_js[] = {
#embed "pages/parts/frame.js"
};
static const unsigned char parts_health_js[] = {
#embed "pages/parts/health.js"
};
static const unsigned char parts_icons_js[] = {
#embed "pages/parts/icons.js"
};
static const unsigned char parts_keys_js[] = {
#embed "pages/parts/keys.js"
};
static const unsigned char parts_map_js[] = {
#embed "pages/parts/map.js"
};
static const unsigned char parts_members_js[] = {
#embed "pages/parts/members.js"
};
static const unsigned char parts_page_js[] = {
#embed "pages/parts/page.js"
};
static const unsigned char parts_peers_js[] = {
#embed "pages/parts/peers.js"
};
static const unsigned char parts_relays_js[] = {
#embed "pages/parts/relays.js"
};
static const unsigned char parts_series_js[] = {
#embed "pages/parts/series.js"
};
static const unsigned char parts_spark_js[] = {
#embed "pages/parts/spark.js"
};
static const unsigned char parts_status_js[] = {
#embed "pages/parts/status.js"
};
static const unsigned char parts_table_js[] = {
#embed "pages/parts/table.js"
};
static const unsigned char parts_tabs_js[] = {
#embed "pages/parts/tabs.js"
};
static const unsigned char parts_topology_js[] = {
#embed "pages/parts/topology.js"
};
static const unsigned char style_base_css[] = {
#embed "pages/style/base.css"
};
static const unsigned char style_controls_css[] = {
#embed "pages/style/controls.css"
};
static const unsigned char style_layout_css[] = {
#embed "pages/style/layout.css"
};
static const unsigned char style_panels_css[] = {
#embed "pages/style/panels.css"
};
static const unsigned char style_tables_css[] = {
#embed "pages/style/tables.css"
};
static const unsigned char style_tokens_css[] = {
#embed "pages/style/tokens.css"
};
static const unsigned char text_en_js[] = {
#embed "pages/text/en.js"
};
static const unsigned char text_it_js[] = {
#embed "pages/text/it.js"
};
static const unsigned char theme_js[] = {
#embed "pages/theme.js"
};
static const unsigned char views_account_js[] = {
#embed "pages/views/account.js"
};
static const unsigned char views_alerts_js[] = {
#embed "pages/views/alerts.js"
};
static const unsigned char views_audit_js[] = {
#embed "pages/views/audit.js"
};
static const unsigned char views_key_js[] = {
#embed "pages/views/key.js"
};
static const unsigned char views_keys_js[] = {
#embed "pages/views/keys.js"
};
static const unsigned char views_login_js[] = {
#embed "pages/views/login.js"
};
static const unsigned char views_missing_js[] = {
#embed "pages/views/missing.js"
};
static const unsigned char views_org_js[] = {
#embed "pages/views/org.js"
};
static const unsigned char views_orgs_js[] = {
#embed "pages/views/orgs.js"
};
static const unsigned char views_overview_js[] = {
#embed "pages/views/overview.js"
};
static const unsigned char views_relay_js[] = {
#embed "pages/views/relay.js"
};
static const unsigned char views_relays_js[] = {
#embed "pages/views/relays.js"
};
static const unsigned char views_roles_js[] = {
#embed "pages/views/roles.js"
};
static const unsigned char views_sync_js[] = {
#embed "pages/views/sync.js"
};
static const unsigned char views_topology_js[] = {
#embed "pages/views/topology.js"
};
static const unsigned char views_users_js[] = {
#embed "pages/views/users.js"
};
static const unsigned char vendor_chart_js[] = {
#embed "/usr/share/javascript/chart.js/chart.min.js"
};
// clang-format does not parse #embed.
// clang-format off
// d3 is one script that consists of the modules that the map needs, in the order of their dependencies, with line breaks
// between them.
static const unsigned char vendor_d3_js[] = {
#embed "/usr/share/nodejs/d3-dispatch/dist/d3-dispatch.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-quadtree/dist/d3-quadtree.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-collection/dist/d3-collection.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-timer/dist/d3-timer.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-color/dist/d3-color.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-ease/dist/d3-ease.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-interpolate/dist/d3-interpolate.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-selection/dist/d3-selection.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-drag/dist/d3-drag.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-transition/dist/d3-transition.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-zoom/dist/d3-zoom.min.js" suffix(,)
'\n',
#embed "/usr/share/nodejs/d3-force/dist/d3-force.min.js" suffix(,)
'\n'};
// clang-format on
#define FILE_AT(path, type, bytes) \
  { path, type, bytes, sizeof(bytes) }
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"

static const struct status_page_file files[] = {
    FILE_AT("app.js", SCRIPT, app_js),
    FILE_AT("core/announce.js", SCRIPT, core_announce_js),
    FILE_AT("core/api.js", SCRIPT, core_api_js),
    FILE_AT("core/dom.js", SCRIPT, core_dom_js),
    FILE_AT("core/format.js", SCRIPT, core_format_js),
    FILE_AT("core/i18n.js", SCRIPT, core_i18n_js),
    FILE_AT("core/keys.js", SCRIPT, core_keys_js),
    FILE_AT("core/live.js", SCRIPT, core_live_js),
    FILE_AT("core/resources.js", SCRIPT, core_resources_js),
    FILE_AT("core/routes.js", SCRIPT, core_routes_js),
    FILE_AT("core/theme.js", SCRIPT, core_theme_js),
    FILE_AT("icon.svg", "image/svg+xml", icon_svg),
    FILE_AT("index.html", "text/html; charset=utf-8", index_html),
    FILE_AT("parts/activity.js", SCRIPT, parts_activity_js),
    FILE_AT("parts/alerts.js", SCRIPT, parts_alerts_js),
    FILE_AT("parts/charts.js", SCRIPT, parts_charts_js),
    FILE_AT("parts/client.js", SCRIPT, parts_client_js),
    FILE_AT("parts/commands.js", SCRIPT, parts_commands_js),
    FILE_AT("parts/diagnostics.js", SCRIPT, parts_diagnostics_js),
    FILE_AT("parts/filters.js", SCRIPT, parts_filters_js),
    FILE_AT("parts/frame.js", SCRIPT, parts_frame_js),
    FILE_AT("parts/health.js", SCRIPT, parts_health_js),
    FILE_AT("parts/icons.js", SCRIPT, parts_icons_js),
    FILE_AT("parts/keys.js", SCRIPT, parts_keys_js),
    FILE_AT("parts/map.js", SCRIPT, parts_map_js),
    FILE_AT("parts/members.js", SCRIPT, parts_members_js),
    FILE_AT("parts/page.js", SCRIPT, parts_page_js),
    FILE_AT("parts/peers.js", SCRIPT, parts_peers_js),
    FILE_AT("parts/relays.js", SCRIPT, parts_relays_js),
    FILE_AT("parts/series.js", SCRIPT, parts_series_js),
    FILE_AT("parts/spark.js", SCRIPT, parts_spark_js),
    FILE_AT("parts/status.js", SCRIPT, parts_status_js),
    FILE_AT("parts/table.js", SCRIPT, parts_table_js),
    FILE_AT("parts/tabs.js", SCRIPT, parts_tabs_js),
    FILE_AT("parts/topology.js", SCRIPT, parts_topology_js),
    FILE_AT("style/base.css", STYLE, style_base_css),
    FILE_AT("style/controls.css", STYLE, style_controls_css),
    FILE_AT("style/layout.css", STYLE, style_layout_css),
    FILE_AT("style/panels.css", STYLE, style_panels_css),
    FILE_AT("style/tables.css", STYLE, style_tables_css),
    FILE_AT("style/tokens.css", STYLE, style_tokens_css),
    FILE_AT("text/en.js", SCRIPT, text_en_js),
    FILE_AT("text/it.js", SCRIPT, text_it_js),
    FILE_AT("theme.js", SCRIPT, theme_js),
    FILE_AT("views/account.js", SCRIPT, views_account_js),
    FILE_AT("views/alerts.js", SCRIPT, views_alerts_js),
    FILE_AT("views/audit.js", SCRIPT, views_audit_js),
    FILE_AT("views/key.js", SCRIPT, views_key_js),
    FILE_AT("views/keys.js", SCRIPT, views_keys_js),
    FILE_AT("views/login.js", SCRIPT, views_login_js),
    FILE_AT("views/missing.js", SCRIPT, views_missing_js),
    FILE_AT("views/org.js", SCRIPT, views_org_js),
    FILE_AT("views/orgs.js", SCRIPT, views_orgs_js),
    FILE_AT("views/overview.js", SCRIPT, views_overview_js),
    FILE_AT("views/relay.js", SCRIPT, views_relay_js),
    FILE_AT("views/relays.js", SCRIPT, views_relays_js),
    FILE_AT("views/roles.js", SCRIPT, views_roles_js),
    FILE_AT("views/sync.js", SCRIPT, views_sync_js),
    FILE_AT("views/topology.js", SCRIPT, views_topology_js),
    FILE_AT("views/users.js", SCRIPT, views_users_js),
    FILE_AT("vendor/chart.js", SCRIPT, vendor_chart_js),
    FILE_AT("vendor/d3.js", SCRIPT, vendor_d3_js),
};

size_t status_page_count(void) { return sizeof(files) / sizeof(files[0]); }

const struct status_page_file *status_page_at(size_t place) {
  return place < status_page_count() ? &files[place] : NULL;
}
