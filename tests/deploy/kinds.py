"""Schemas of the custom resources in deploy/, as far as it uses them; nothing else is allowed.

kubernetes-validate knows Kubernetes' own kinds only. Fields, required ones and enumerations are those of the published
definitions: Gateway API v1, GKE's policies v1, monitoring v1 of Google and of the Prometheus operator, KServe v1beta1,
Knative v1. Containers in them are checked as Kubernetes' own.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
NAME: Schema = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
DURATION: Schema = {"type": "string", "pattern": r"^([0-9]+(ms|s|m|h|d))+$"}
PATH: Schema = {"type": "string", "pattern": "^/"}
TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
# Cloud Run takes what all of Google's cloud does.
GOOGLES_LABELS: Schema = TEXTS | {"propertyNames": {"pattern": "^[a-z][a-z0-9_-]*$"}}
POD_PART: Schema = {}  # checked as a Pod


def seconds(most: int) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": most}


def whole(least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least}


def one_of(*values: object) -> Schema:
    return {"enum": list(values)}


def many(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1}


def exactly(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    optional = optional or {}
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def kind(spec: Schema, labels: Schema = TEXTS) -> Schema:
    metadata = exactly({"name": NAME, "labels": labels}, {"namespace": NAME, "annotations": TEXTS})
    return exactly({"apiVersion": TEXT, "kind": TEXT, "metadata": metadata, "spec": spec})


ROUTES = exactly(
    {
        "namespaces": exactly({"from": one_of("All", "Same", "Selector")}),
        "kinds": many(exactly({"kind": NAME | {"pattern": "Route$"}})),
    }
)
LISTENER = exactly({"name": NAME, "protocol": one_of("HTTP", "HTTPS"), "port": PORT, "allowedRoutes": ROUTES})
REDIRECT = exactly({"scheme": one_of("http", "https"), "statusCode": one_of(301, 302)})
ROUTE_RULE = exactly(
    {},
    {
        "backendRefs": many(exactly({"name": NAME, "port": PORT})),
        "filters": many(exactly({"type": one_of("RequestRedirect"), "requestRedirect": REDIRECT})),
    },
)
TARGET = exactly({"group": one_of(""), "kind": one_of("Service"), "name": NAME})
CHECK = exactly(
    {
        "type": one_of("HTTP"),
        "httpHealthCheck": exactly({"portSpecification": one_of("USE_SERVING_PORT"), "requestPath": PATH}),
    }
)
HEALTH = exactly(
    {
        "checkIntervalSec": seconds(300),
        "timeoutSec": seconds(300),
        "healthyThreshold": seconds(10),
        "unhealthyThreshold": seconds(10),
        "config": CHECK,
    }
)
BACKEND = exactly(
    {"timeoutSec": seconds(2**31 - 1), "connectionDraining": exactly({"drainingTimeoutSec": seconds(3600)})}
)
SCRAPED = exactly({"port": TEXT, "path": PATH, "interval": DURATION})
SELECTOR = exactly({"matchLabels": TEXTS})
ALERT = exactly({"alert": TEXT, "expr": TEXT, "for": DURATION, "labels": TEXTS, "annotations": TEXTS})
# Google's has the interval among the required.
RULES = exactly({"groups": many(exactly({"name": TEXT, "interval": DURATION, "rules": many(ALERT)}))})
PREDICTOR = exactly(
    {"containers": many(POD_PART)},
    {
        "minReplicas": whole(),
        "maxReplicas": whole(1),
        "containerConcurrency": whole(),
        "scaleMetric": one_of("concurrency", "rps", "cpu", "memory"),
        "scaleTarget": whole(1),
        "timeout": whole(1),
        "volumes": POD_PART,
        "serviceAccountName": POD_PART,
        "automountServiceAccountToken": POD_PART,
        "enableServiceLinks": POD_PART,
    },
)
REVISION = exactly({"containerConcurrency": whole(), "timeoutSeconds": seconds(3600), "containers": many(POD_PART)})
KNATIVE = exactly({"template": exactly({"metadata": exactly({"annotations": TEXTS}), "spec": REVISION})})

# By apiVersion and kind.
KINDS: dict[tuple[str, str], Schema] = {
    ("gateway.networking.k8s.io/v1", "Gateway"): kind(exactly({"gatewayClassName": TEXT, "listeners": many(LISTENER)})),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): kind(
        exactly({"parentRefs": many(exactly({"name": NAME, "sectionName": NAME})), "rules": many(ROUTE_RULE)})
    ),
    ("networking.gke.io/v1", "HealthCheckPolicy"): kind(exactly({"default": HEALTH, "targetRef": TARGET})),
    ("networking.gke.io/v1", "GCPBackendPolicy"): kind(exactly({"default": BACKEND, "targetRef": TARGET})),
    ("monitoring.googleapis.com/v1", "PodMonitoring"): kind(
        exactly({"selector": SELECTOR, "endpoints": many(SCRAPED)})
    ),
    ("monitoring.coreos.com/v1", "PodMonitor"): kind(
        exactly({"selector": SELECTOR, "podMetricsEndpoints": many(SCRAPED)})
    ),
    ("monitoring.googleapis.com/v1", "Rules"): kind(RULES),
    ("monitoring.coreos.com/v1", "PrometheusRule"): kind(RULES),
    ("serving.kserve.io/v1beta1", "InferenceService"): kind(exactly({"predictor": PREDICTOR})),
    ("serving.knative.dev/v1", "Service"): kind(KNATIVE, GOOGLES_LABELS),
}
