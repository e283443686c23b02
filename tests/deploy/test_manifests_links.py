"""Objects that speak of each other mean each other."""

import ipaddress

import pytest

from tests.deploy.manifests import CHOICES, Choice, built, container_of, of_kind, one

# Where Google's balancers ask from (https://cloud.google.com/load-balancing/docs/health-checks#fw-rule).
GOOGLES = [ipaddress.ip_network(text) for text in ("130.211.0.0/22", "35.191.0.0/16")]
EVERY = pytest.mark.parametrize("choice", CHOICES, ids=str)


def labels(deployment):
    return deployment["spec"]["template"]["metadata"]["labels"]


def matches(selector, deployment):
    return selector.items() <= labels(deployment).items()


def ports(deployment):
    return {port["name"]: port["containerPort"] for port in container_of(deployment)["ports"]}


@EVERY
def test_one_service_reaches_every_pod_and_each_deployment_its_own(choice):
    objects = built(choice)
    (service,) = of_kind(objects, "Service")
    deployments = of_kind(objects, "Deployment")
    (port,) = service["spec"]["ports"]
    for deployment in deployments:
        assert matches(service["spec"]["selector"], deployment)
        assert port["targetPort"] in ports(deployment)
        own = deployment["spec"]["selector"]["matchLabels"]
        assert [other for other in deployments if matches(own, other)] == [deployment]


@EVERY
def test_what_selects_pods_selects_all_of_them(choice):
    objects = built(choice)
    selectors = [
        found["spec"]["podSelector"] if found["kind"] == "NetworkPolicy" else found["spec"]["selector"]
        for found in of_kind(objects, "PodDisruptionBudget", "NetworkPolicy", "PodMonitor", "PodMonitoring")
    ]
    for deployment in of_kind(objects, "Deployment"):
        spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {constraint["topologyKey"] for constraint in spread} >= {"topology.kubernetes.io/zone"}
        for selector in [*selectors, *(constraint["labelSelector"] for constraint in spread)]:
            assert matches(selector["matchLabels"], deployment)


@EVERY
def test_pods_that_are_moved_or_replaced_leave_enough_behind(choice):
    objects = built(choice)
    for deployment in of_kind(objects, "Deployment"):
        # A share, so that ten pods are no ten waits for a node; the cluster rounds it up.
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": "25%"}
    budget = one(objects, "PodDisruptionBudget")["spec"]["maxUnavailable"]
    replicas = one(objects, "Deployment")["spec"].get("replicas")
    scalers = of_kind(objects, "HorizontalPodAutoscaler")
    # Whoever scales has the say alone.
    assert (replicas is None) == bool(scalers)
    for scaler in scalers:
        replicas = scaler["spec"]["minReplicas"]
        assert replicas < scaler["spec"]["maxReplicas"]
        assert scaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "slipway"}
        assert scaler["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert replicas > budget or "minikube" in choice.folder


@EVERY
def test_a_scaler_asks_for_containers_that_are_there(choice):
    objects = built(choice)
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        kinds = [metric["type"] for metric in scaler["spec"]["metrics"]]
        assert kinds == ["ContainerResource", "Pods"][: len(kinds)]
        asked = scaler["spec"]["metrics"][0]["containerResource"]
        container = container_of(one(objects, "Deployment"))
        assert (asked["container"], asked["name"]) == (container["name"], "cpu")
        assert "cpu" in container["resources"]["requests"]


def test_the_second_metric_leaves_the_first_as_it_is():
    alone = one(built(Choice("base", ("autoscale",))), "HorizontalPodAutoscaler")["spec"]
    both = one(built(Choice("base", ("autoscale", "autoscale-requests"))), "HorizontalPodAutoscaler")["spec"]
    assert both["metrics"][:1] == alone["metrics"]
    assert both | {"metrics": alone["metrics"]} == alone


@EVERY
def test_routes_and_policies_lead_to_the_service(choice):
    objects = built(choice)
    (service,) = of_kind(objects, "Service")
    gateways = {found["metadata"]["name"]: found for found in of_kind(objects, "Gateway")}
    listeners = {(name, item["name"]) for name, found in gateways.items() for item in found["spec"]["listeners"]}
    taken = []
    for route in of_kind(objects, "HTTPRoute"):
        taken += [(parent["name"], parent["sectionName"]) for parent in route["spec"]["parentRefs"]]
        for backend in (item for rule in route["spec"]["rules"] for item in rule.get("backendRefs", [])):
            assert backend == {"name": service["metadata"]["name"], "port": service["spec"]["ports"][0]["port"]}
    assert sorted(taken) == sorted(listeners)
    for policy in of_kind(objects, "HealthCheckPolicy", "GCPBackendPolicy"):
        assert policy["spec"]["targetRef"]["name"] == service["metadata"]["name"]
    # Never two ways in.
    assert service["spec"].get("type") != "LoadBalancer" or not gateways


def test_with_tls_nothing_is_answered_without():
    objects = built(Choice("base", ("gateway", "tls")))
    assert one(objects, "Gateway")["metadata"]["annotations"] == {"networking.gke.io/certmap": "slipway"}
    assert [parent["sectionName"] for parent in one(objects, "HTTPRoute")["spec"]["parentRefs"]] == ["https"]
    (rule,) = one(objects, "HTTPRoute", "slipway-redirect")["spec"]["rules"]
    assert rule["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 301}
    assert "backendRefs" not in rule


@EVERY
def test_scrapers_ask_the_port_of_the_metrics(choice):
    objects = built(choice)
    for found in of_kind(objects, "PodMonitor", "PodMonitoring"):
        (endpoint,) = found["spec"].get("endpoints") or found["spec"]["podMetricsEndpoints"]
        assert endpoint["port"] == "metrics"
        assert endpoint["path"] == "/metrics"
        assert all("metrics" in ports(deployment) for deployment in of_kind(objects, "Deployment"))


def admitted(policy, port):
    """The networks of those who may reach a port; None where everybody may."""
    rules = [rule for rule in policy["spec"]["ingress"] if {"port": port} in rule["ports"]]
    assert rules, port
    if any("from" not in rule for rule in rules):
        return None
    return [
        ipaddress.ip_network(peer["ipBlock"]["cidr"]) for rule in rules for peer in rule["from"] if "ipBlock" in peer
    ]


def test_the_network_admits_balancers_to_the_service_and_only_scrapers_to_the_metrics():
    policy = one(built(Choice("overlays/gke")), "NetworkPolicy")
    networks = admitted(policy, "http")
    assert networks is None or all(any(google.subnet_of(network) for network in networks) for google in GOOGLES)
    assert admitted(policy, "metrics") == []
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"]["egress"] == []


@EVERY
def test_a_claim_means_the_volume_beside_it(choice):
    objects = built(choice)
    for claim in of_kind(objects, "PersistentVolumeClaim"):
        volume = one(objects, "PersistentVolume", claim["spec"]["volumeName"])["spec"]
        assert volume["storageClassName"] == claim["spec"]["storageClassName"] == ""
        assert volume["accessModes"] == claim["spec"]["accessModes"]
        assert volume["capacity"] == claim["spec"]["resources"]["requests"]


@EVERY
def test_all_is_in_one_namespace(choice):
    objects = built(choice)
    (namespace,) = of_kind(objects, "Namespace")
    within = [found for found in objects if found["kind"] not in ("Namespace", "PersistentVolume")]
    assert {found["metadata"]["namespace"] for found in within} == {namespace["metadata"]["name"]}
    assert all(found["metadata"]["labels"]["app.kubernetes.io/name"] == "slipway" for found in objects)
