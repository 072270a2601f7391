"""deploy/monitoring: its metrics exist, its files are well-formed, and its thresholds match the program's."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from support.program import ROOT, module

FOLDER = ROOT / "deploy" / "monitoring"
RULES = FOLDER / "rules.yaml"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
TEMPLATE = yaml.safe_load((FOLDER / "zabbix-template.yaml").read_text())["zabbix_export"]


def documented():
    """Every metric with its labels, from the tables that the programs' tests keep current, and the daemon's."""
    metrics = {}
    for name in ["monitoring.md", "relay.md"]:
        for line in (ROOT / "docs" / name).read_text().splitlines():
            match = re.match(r"\| `(wpex_\w+)` \| (counter|gauge|histogram) \| ([^|]*) \|", line)
            if match:
                metrics[match[1]] = set(re.findall(r"`(\w+)`", match[3]))
    source = (module("DaemonServer") / "SyncMetrics.swift").read_text()
    for name, labels in re.findall(r'MetricDescription\(\s*"(wpex_\w+)",.*?(labels: \[[^\]]*\])?\)\n', source, re.S):
        metrics[name] = set(re.findall(r'"(\w+)"', labels))
    return metrics


METRICS = documented()


def promtool(*arguments, folder=FOLDER):
    tool = shutil.which("promtool")
    assert tool, "install prometheus: run scripts/setup"
    return subprocess.run([tool, *arguments], cwd=folder, capture_output=True, text=True)


def check(expression):
    """Checks that the metrics and labels of a PromQL or Prometheus pattern are documented."""
    for name, matchers in re.findall(r"\b(wpex_\w+)(?:\{([^}]*(?:\{#\w+\}[^}]*)*)\})?", expression):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        # Labels that the relays' series get from their pods.
        if name.startswith("wpex_io_"):
            continue
        assert name in METRICS or base in METRICS, f"{name} is not a metric of wpex"
        known = METRICS.get(name, METRICS.get(base, set())) | {"wpex_io_org", "wpex_io_relay", "le"}
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', matchers)):
            assert label in known, f"{name} has no label {label}"


def test_metrics_are_found():
    assert len(METRICS) > 60 and METRICS["wpex_fleet_relay_up"] == {"org", "relay", "region"}
    assert METRICS["wpex_sync_reconcile_seconds"] == {"region"}
    for wrong in ["wpex_fleet_nonsense", 'wpex_fleet_relay_up{colour="red"}']:
        with pytest.raises(AssertionError):
            check(wrong)


def test_rules_are_valid():
    for outcome in [promtool("check", "rules", "rules.yaml"), promtool("test", "rules", "rules-test.yaml")]:
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("old, new", [
    (">= 80", ">= 81"), ("> 3", "> 4"), ("< 70", "< 60"), ("== 0\n        for: 30s", "== 2\n        for: 30s"), ("< 50", "<= 50"),
    ("ready_members <", "ready_members <="), ("agree == 0", "agree == 2"), ("agree == 0\n        for: 30s", "agree == 0\n        for: 10s"),
    ("> 1200", "> 1201"), ("wpex_sync_leader == 1", "wpex_sync_leader >= 0"), ("(wpex_sync_leader) != 1", "(wpex_sync_leader) > 2"),
])
def test_their_test_notices_other_thresholds(tmp_path, old, new):
    text = RULES.read_text()
    assert text.count(old) >= 1
    (tmp_path / "rules.yaml").write_text(text.replace(old, new, 1))
    shutil.copy(FOLDER / "rules-test.yaml", tmp_path)
    assert promtool("test", "rules", "rules-test.yaml", folder=tmp_path).returncode != 0


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_rules_query_what_exists(rule):
    check(rule["expr"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description"}


def defaults():
    """The defaults of AlertThresholds, from the generated reference's source."""
    source = (module("ConfigModel") / "PlatformSpec.swift").read_text()
    body = source.split("struct AlertThresholds")[1].split("package init")[0]
    return {name: int(value) for name, value in re.findall(r"var (\w+) = (\d+)", body)}


def test_thresholds_are_the_programs():
    known = defaults()
    expressions = {rule["alert"]: rule["expr"] for rule in rules()}
    assert expressions["WpexRelayRestarts"].endswith(f"> {known['restarts']}")
    assert f"< {known['handshakeSuccessPercent']}\n" in expressions["WpexRelayHandshakeSuccess"]
    assert expressions["WpexRelayHandshakeSuccess"].strip().endswith(f"> {known['minimumHandshakes']}")
    assert f"< {known['health']} and" in expressions["WpexRelayCritical"]
    assert f"{known['keyExpiryDays'] + 1} * 86400" in expressions["WpexKeyExpiring"]
    macros = {macro["macro"]: macro.get("value") for macro in TEMPLATE["templates"][0]["macros"]}
    assert macros["{$WPEX.RESTARTS}"] == str(known["restarts"])
    assert macros["{$WPEX.HEALTH}"] == str(known["health"])
    assert macros["{$WPEX.HANDSHAKES.SUCCESS}"] == str(known["handshakeSuccessPercent"])
    assert macros["{$WPEX.HANDSHAKES.MIN}"] == str(known["minimumHandshakes"])
    assert macros["{$WPEX.KEY.DAYS}"] == str(known["keyExpiryDays"])
    limit = re.search(r"bandwidthPercent = (\d+)", (module("FleetMonitoring") / "Health/AlertRules.swift").read_text())[1]
    assert macros["{$WPEX.BANDWIDTH}"] == limit and f">= {limit}" in expressions["WpexRelayBandwidth"]


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def test_dashboard_is_whole():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids) and len(panels()) > 15
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies over another panel"
                taken.add((x, y))
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"]))) - {"__rate_interval"}
    assert used <= variables
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            check(variable["definition"])


def test_dashboard_queries_what_exists(tmp_path):
    recorded = []
    for panel in panels():
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            check(target["expr"])
            text = target["expr"].replace("$__rate_interval", "5m")
            recorded.append({"record": f"test:panel_{len(recorded)}", "expr": re.sub(r"\$\w+", "x", text)})
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
    # Prometheus's own parser accepts every query.
    outcome = promtool("check", "rules", "--lint=none", "rules.yaml", folder=tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def every(node, name):
    """Values of a name anywhere in a tree."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            yield from every(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from every(value, name)


def test_template_is_whole():
    assert TEMPLATE["version"] == "6.0"
    (template,) = TEMPLATE["templates"]
    uuids = list(every(TEMPLATE, "uuid"))
    assert len(set(uuids)) == len(uuids)
    for uuid in uuids:
        assert re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", uuid), f"{uuid} is not a UUID of version 4"
    keys = [item["key"] for item in template["items"]]
    keys += [item["key"] for rule in template["discovery_rules"] for item in rule["item_prototypes"]]
    keys += [rule["key"] for rule in template["discovery_rules"]]
    assert len(set(keys)) == len(keys)
    for master in every(TEMPLATE, "master_item"):
        assert master["key"] == "wpex.metrics"
    for expression in every(TEMPLATE, "expression"):
        found = re.findall(r"\w+\(/wpex by HTTP/(wpex[\w.]+(?:\[[^\]]*\])?)(?:,\w+)?\)", expression)
        assert found and set(found) <= set(keys), expression
        assert expression.count("(") == expression.count(")")
    macros = {macro["macro"] for macro in template["macros"]}
    assert set(re.findall(r"\{\$[\w.]+\}", json.dumps(TEMPLATE))) == macros
    assert next(m for m in template["macros"] if m["macro"] == "{$WPEX.TOKEN}")["type"] == "SECRET_TEXT"
    (master,) = [item for item in template["items"] if item["type"] == "HTTP_AGENT"]
    assert master["verify_peer"] == "YES" and master["verify_host"] == "YES"


def test_template_reads_what_exists():
    (template,) = TEMPLATE["templates"]
    seen = 0
    for item in list(every(template, "preprocessing")):
        for step in item:
            if step["type"].startswith("PROMETHEUS"):
                assert len(step["parameters"]) == (3 if step["type"] == "PROMETHEUS_PATTERN" else 1)
                check(step["parameters"][0])
                seen += 1
    assert seen > 20
    for rule in template["discovery_rules"]:
        (metric,) = [s["parameters"][0] for s in rule["preprocessing"] if s["type"] == "PROMETHEUS_TO_JSON"]
        paths = {path["lld_macro"]: path["path"] for path in rule["lld_macro_paths"]}
        for path in paths.values():
            assert re.fullmatch(r"\$\.labels\['(\w+)'\]", path)[1] in METRICS[metric]
        prototypes = json.dumps([rule["item_prototypes"], rule.get("trigger_prototypes", [])])
        assert set(re.findall(r"\{#\w+\}", prototypes)) == set(paths)
