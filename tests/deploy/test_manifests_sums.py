"""Seconds, ports and paths of the manifests against those of the app, so that neither moves alone."""

import re
from configparser import RawConfigParser

import pytest

from app.serve import NGINX_STOP_MARGIN, ROOT, render_nginx
from app.settings import Settings
from tests.deploy.manifests import (
    CHOICES,
    OTHERS,
    Choice,
    built,
    container_of,
    of_kind,
    one,
    pod_of,
    quantity,
    variables_of,
    with_pods,
)

# For so long a balancer may go on sending to a pod that is to go (measured by others on GKE: tens of seconds).
BALANCER_SECONDS = 30
CLOUD_RUN_SECONDS = 10
# The slowest model that the manifests are made for, in seconds of a CPU per request: 16 requests/s from two CPUs. And a
# quarter more, since not every request takes its mean.
SLOWEST, VARIATION = 1 / 8, 1.25
EVERY = pytest.mark.parametrize("choice", CHOICES, ids=str)
ALL = pytest.mark.parametrize("choice", [*CHOICES, *OTHERS], ids=str)


def grace(found):
    return int(variables_of(found).get("SLIPWAY_GRACE", Settings().grace))


def stop_seconds(found):
    """The most that the stack takes from SIGTERM to its end."""
    supervisord = RawConfigParser(inline_comment_prefixes=(";",))
    supervisord.read(ROOT / "supervisord.conf")
    return grace(found) + NGINX_STOP_MARGIN + supervisord.getint("program:gunicorn", "stopwaitsecs")


def pre_stop(found):
    return container_of(found)["lifecycle"]["preStop"]["sleep"]["seconds"]


@EVERY
def test_a_pod_has_the_time_to_stop(choice):
    for found in of_kind(built(choice), "Deployment"):
        assert pre_stop(found) + stop_seconds(found) <= pod_of(found)["terminationGracePeriodSeconds"]


@EVERY
def test_a_request_that_a_balancer_sends_late_still_has_all_its_time(choice):
    for found in of_kind(built(choice), "Deployment"):
        assert pre_stop(found) >= BALANCER_SECONDS
        assert pre_stop(found) - BALANCER_SECONDS + grace(found) >= Settings().timeout


def test_cloud_run_gives_the_time_to_stop():
    (found,) = with_pods(built(Choice("cloudrun")))
    assert stop_seconds(found) <= CLOUD_RUN_SECONDS


def test_whoever_stands_in_front_waits_longer_than_we_do():
    policy = one(built(Choice("overlays/gke", ("gateway",))), "GCPBackendPolicy")["spec"]["default"]
    (cloud_run,), (kserve,) = (with_pods(built(choice)) for choice in OTHERS)
    waits = [policy["timeoutSec"], pod_of(cloud_run)["timeoutSeconds"], pod_of(kserve)["timeout"]]
    assert min(waits) > Settings().timeout
    assert policy["connectionDraining"]["drainingTimeoutSec"] >= Settings().timeout


@ALL
def test_a_start_may_take_as_long_as_a_version_may_take_to_load(choice):
    for found in with_pods(built(choice)):
        probe = container_of(found).get("startupProbe")
        # Knative has one of its own.
        if probe or choice.folder != "kserve":
            assert probe["periodSeconds"] * probe["failureThreshold"] >= Settings().load_seconds + 60


@ALL
def test_a_probe_ends_before_the_next_begins(choice):
    for found in with_pods(built(choice)):
        container = container_of(found)
        for name in {"startupProbe", "readinessProbe", "livenessProbe"} & set(container):
            assert container[name]["timeoutSeconds"] <= container[name]["periodSeconds"], name


def cpus(found):
    resources = container_of(found)["resources"]
    return quantity(resources.get("requests", resources["limits"])["cpu"])


def most_held(found):
    """Requests that are in a pod at most: what NGINX lets in, or what is sent."""
    queue = int(variables_of(found).get("SLIPWAY_QUEUE", Settings().queue))
    return min(queue, pod_of(found).get("containerConcurrency", queue))


@ALL
def test_a_full_pod_of_a_slow_model_stays_ready(choice):
    """/readyz waits for a worker behind all that the pod holds: longer, and the busiest pods would be taken out."""
    for found in with_pods(built(choice)):
        waits = most_held(found) * SLOWEST / cpus(found) * VARIATION
        probe = container_of(found).get("readinessProbe", container_of(found)["livenessProbe"])
        assert waits <= probe["timeoutSeconds"]
        assert most_held(found) >= int(variables_of(found)["WEB_CONCURRENCY"])


def test_the_demo_has_no_more_users_than_the_first_pods_let_in():
    """With a quarter of the places left, for a balancer does not divide evenly."""
    (line,) = re.findall(r"^make load-test .*MODELS=hello.*$", (ROOT / "docs/deploy.md").read_text(), re.M)
    objects = built(Choice("overlays/gke"))
    pods = one(objects, "HorizontalPodAutoscaler")["spec"]["minReplicas"]
    places = pods * most_held(one(objects, "Deployment"))
    assert places / 4 < int(re.search(r"USERS=(\d+)", line)[1]) <= places * 3 / 4


def nginx(tmp_path):
    """NGINX's configuration in the image, without blanks and comments."""
    text = render_nginx(Settings(host="0.0.0.0"), tmp_path)
    return [line.partition("#")[0].strip() for line in text.splitlines()]


@ALL
def test_ports_are_those_that_nginx_listens_on(choice, tmp_path):
    listens = [line.split()[1].strip(";") for line in nginx(tmp_path) if line.startswith("listen ")]
    for found in with_pods(built(choice)):
        ports = {port["name"]: f"0.0.0.0:{port['containerPort']}" for port in container_of(found)["ports"]}
        assert list(ports.values()) == listens[: len(ports)]
        assert list(ports) in (["http", "metrics"], ["http1"])
        for probe in probes(found):
            assert probe["port"] == "http" or f"0.0.0.0:{probe['port']}" == listens[0]


def probes(found):
    container = container_of(found)
    return [
        container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe") if name in container
    ]


@ALL
def test_only_a_dead_nginx_restarts_a_pod(choice, app, tmp_path):
    """Readiness asks a worker, liveness none: a busy pod must not be killed."""
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    lines = nginx(tmp_path)
    for found in with_pods(built(choice)):
        *ready, alive = (probe["path"] for probe in probes(found))
        assert set(ready) == {"/readyz"} <= routes
        assert alive not in routes
        own = lines[lines.index(f"location = {alive} {{") :]
        assert own.index('return 200 \'{"status":"alive"}\';') < own.index("proxy_pass http://gunicorn;")


def test_the_balancer_asks_what_the_pod_is_asked():
    objects = built(Choice("overlays/gke", ("gateway",)))
    policy = one(objects, "HealthCheckPolicy")["spec"]["default"]
    probe = container_of(one(objects, "Deployment"))["readinessProbe"]
    assert policy["config"]["httpHealthCheck"]["requestPath"] == probe["httpGet"]["path"]
    asked = (policy["checkIntervalSec"], policy["timeoutSec"], policy["unhealthyThreshold"])
    assert asked == (probe["periodSeconds"], probe["timeoutSeconds"], probe["failureThreshold"])
