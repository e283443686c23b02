"""Alerts, dashboard and scaler ask for metrics that the app exposes, with labels that these have."""

import json
import re

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app import build_app
from app.repository.state import State
from app.repository.traffic import Traffic
from app.settings import Settings
from tests.deploy.manifests import DEPLOY, Choice, built, of_kind, one, quantity, variables_of
from tests.fakes import MAX_PIXELS, make_model

# What each scraper adds to every sample.
TARGET_LABELS = {"namespace", "pod"}
DASHBOARD = json.loads((DEPLOY / "components/dashboard/slipway.json").read_text())
GROUPS = yaml.safe_load((DEPLOY / "components/monitoring/rules/prometheusrule.yaml").read_text())["spec"]["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
QUERIES = {
    f"{panel['title']}, {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
EXPRESSIONS = QUERIES | {name: rule["expr"] for name, rule in RULES.items()}


@pytest.fixture
def exposed(registry, tmp_path):
    """The labels of every metric, after a request that was answered, one that failed and one that a shadow saw."""
    registry.add(make_model(version=2))
    registry._traffic = State(terms="", root=tmp_path, traffic={"sum": Traffic(traffic={1: 100}, shadow=2)}).traffic
    client = build_app(Settings(max_pixels=MAX_PIXELS, run_dir=tmp_path), registry).test_client()
    for path in ("/predict/sum", "/predict/broken"):
        client.post(path, json={"instances": [[1, 2]]}).close()
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def nodes(node):
    """An expression's parts, itself among them."""
    yield node
    match node:
        case promql_parser.BinaryExpr():
            children = [node.lhs, node.rhs]
        case promql_parser.Call():
            children = node.args
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr():
            children = [node.expr]
        case promql_parser.MatrixSelector():
            children = [node.vector_selector]
        case promql_parser.VectorSelector() | promql_parser.NumberLiteral():
            children = []
        case _:
            raise AssertionError(f"{type(node)} is not looked into")
    for child in children:
        yield from nodes(child)


def parse(expression):
    return list(nodes(promql_parser.parse(expression.replace("$__rate_interval", "5m"))))


def asked(expression):
    """The metrics that an expression selects, each with the labels that it is selected by."""
    found = [node for node in parse(expression) if isinstance(node, promql_parser.VectorSelector)]
    return [(node.name, {matcher.name for matcher in node.matchers.matchers}) for node in found]


def grouped(expression):
    """The labels that an expression keeps."""
    modifiers = [node.modifier for node in parse(expression) if isinstance(node, promql_parser.AggregateExpr)]
    return {label for modifier in modifiers if modifier for label in modifier.labels}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_asks_for_what_there_is(name, exposed):
    selected = asked(EXPRESSIONS[name])
    assert selected
    for metric, labels in selected:
        assert metric in exposed
        assert labels <= exposed[metric] | TARGET_LABELS
    assert grouped(EXPRESSIONS[name]) <= set.union(*(exposed[metric] for metric, _ in selected)) | TARGET_LABELS


def test_a_metric_that_is_not_there_would_be_seen(exposed):
    assert "slipway_request_seconds" not in exposed
    assert {"slipway_requests_total", "slipway_shadow_rows_total", "slipway_model_loaded"} <= set(exposed)
    assert asked("sum by (a) (rate(x{b='c'}[5m])) > 1") == [("x", {"b"})]
    assert grouped("sum by (a) (rate(x{b='c'}[5m])) > 1") == {"a"}


@pytest.mark.parametrize("name", RULES)
def test_an_alert_says_labels_that_its_expression_keeps(name):
    rule = RULES[name]
    texts = " ".join(rule["annotations"].values())
    assert set(rule["annotations"]) == {"summary", "description"}
    assert set(re.findall(r"\$labels\.(\w+)", texts)) <= grouped(rule["expr"])
    assert rule["labels"]["severity"] in ("critical", "warning", "info")


def test_both_kinds_of_rules_are_the_same():
    for component, kind in {"monitoring": "PrometheusRule", "monitoring-gke": "Rules"}.items():
        assert one(built(Choice("base", (component,))), kind)["spec"]["groups"] == GROUPS


@pytest.mark.parametrize(
    "choice",
    [
        Choice("overlays/gke", ("autoscale-requests",)),
        Choice("overlays/gke", ("autoscale-requests", "small")),
        Choice("overlays/aks", ("monitoring",)),
        Choice("overlays/minikube", ("monitoring",)),
    ],
    ids=str,
)
def test_nearly_all_workers_are_busy_before_the_alert_says_so_and_some_are_free_when_pods_are_added(choice):
    """No metric says how many workers there are, so the numbers in the manifests have to follow from the Deployment."""
    objects = built(choice)
    workers = int(variables_of(one(objects, "Deployment"))["WEB_CONCURRENCY"])
    for found in of_kind(objects, "PrometheusRule", "Rules"):
        rules = {rule["alert"]: rule["expr"] for group in found["spec"]["groups"] for rule in group["rules"]}
        assert float(rules["SlipwayBusy"].rpartition(">")[2]) == pytest.approx(0.9 * workers)
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        for metric in scaler["spec"]["metrics"][1:]:
            assert quantity(metric["pods"]["target"]["averageValue"]) == pytest.approx(0.7 * workers)


def test_the_scaler_asks_for_a_gauge_that_there_is(exposed):
    scaler = one(built(Choice("base", ("autoscale", "autoscale-requests"))), "HorizontalPodAutoscaler")
    prefix, metric, kind = scaler["spec"]["metrics"][1]["pods"]["metric"]["name"].split("|")
    assert (prefix, kind) == ("prometheus.googleapis.com", "gauge")
    assert exposed[metric] == set()


def test_the_dashboard_is_whole_and_lies_where_grafana_looks():
    (found,) = of_kind(built(Choice("base", ("dashboard",))), "ConfigMap")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["slipway.json"]) == DASHBOARD
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells), "panels overlap"
    assert max(x for x, _ in cells) < 24


def test_the_dashboards_variables_are_those_that_it_uses(exposed):
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"])))
    assert used - {"__rate_interval"} == set(variables)
    for variable in (variables["namespace"], variables["model"]):
        metric, label = re.fullmatch(r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", variable["definition"]).groups()
        assert label in exposed[metric] | TARGET_LABELS
