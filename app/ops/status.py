"""GET /status.json: which versions there are, and how they have answered lately."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response

from app.engine.registry import Registry, VersionState
from app.engine.shadow import Shadowing
from app.ops.activity import BUCKETS, FAILED, REFUSED, SHADOW_OUTCOMES, Activity, Counts, Key, no_counts, quantile
from app.ops.ring import SLOT_SECONDS
from app.replies import json_reply

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
SHOWN_DISAGREEMENTS = 5


class Status:
    """The registry, and what all workers have counted, in one report."""

    def __init__(self, registry: Registry, activity: Activity, shadowing: Shadowing) -> None:
        self._registry = registry
        self._activity = activity
        self._shadowing = shadowing

    def report(self) -> dict[str, Any]:
        """The reply's JSON value. Its lists hold a value for each slot, oldest first; percentiles are in seconds."""
        recent = self._activity.recent()
        return {
            "ready": self._registry.ready,
            "problems": self._registry.problems,
            "slot_seconds": SLOT_SECONDS,
            "all": _series(sum(recent.values(), no_counts())),
            "models": [self._model(name, recent) for name in self._registry.names()],
        }

    def _model(self, name: str, recent: Mapping[Key, Counts]) -> dict[str, Any]:
        states = self._registry.states(name)
        counted = [counts for (counted, _), counts in recent.items() if counted == name]
        return {
            "name": name,
            "default": name == self._registry.default,
            "recent": _series(sum(counted, no_counts())),
            "versions": [_version(state, recent.get((name, state.version))) for state in states],
            "shadow": self._shadow(name, recent),
        }

    def _shadow(self, name: str, recent: Mapping[Key, Counts]) -> dict[str, Any] | None:
        shadow = self._registry.shadow(name)
        if shadow is None:
            return None
        counts = recent.get((name, shadow.version), no_counts())
        rows = {outcome: counts[:, column] for outcome, column in SHADOW_OUTCOMES.items()}
        return {
            "version": shadow.version,
            "rows": {outcome: int(column.sum()) for outcome, column in rows.items()},
            "slots": {outcome: column.tolist() for outcome, column in rows.items()},
            "last": self._shadowing.last(name)[:SHOWN_DISAGREEMENTS],
        }


def create_blueprint(status: Status) -> Blueprint:
    blueprint = Blueprint("status", __name__)

    @blueprint.get("/status.json")
    def report() -> Response:
        return json_reply(status.report())

    return blueprint


def _version(state: VersionState, counts: Counts | None) -> dict[str, Any]:
    return {**asdict(state), "recent": _sums(no_counts() if counts is None else counts)}


def _series(counts: Counts) -> dict[str, Any]:
    """The sums, and how they came about slot by slot."""
    slots = {
        "requests": counts[:, BUCKETS:].sum(axis=1).tolist(),
        "refused": counts[:, REFUSED].tolist(),
        "failed": counts[:, FAILED].tolist(),
    }
    slots |= {name: [quantile(share, slot[BUCKETS:]) for slot in counts] for name, share in PERCENTILES.items()}
    return {**_sums(counts), "slots": slots}


def _sums(counts: Counts) -> dict[str, Any]:
    sums = counts.sum(axis=0)
    return {
        "requests": int(sums[BUCKETS:].sum()),
        "refused": int(sums[REFUSED]),
        "failed": int(sums[FAILED]),
        **{name: quantile(share, sums[BUCKETS:]) for name, share in PERCENTILES.items()},
    }
