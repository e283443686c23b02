"""GET /status: what /status.json tells, as a page."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template

from app.pages.plots import Plot, decades, duration, latency_plot, requests_plot, shadow_plot

Report = Callable[[], Mapping[str, Any]]


def render_status(status: Mapping[str, Any]) -> str:
    """The page of a report."""
    models = status["models"]
    scale = decades([status["all"], *(model["recent"] for model in models)])
    return render_template(
        "status.html",
        status=status,
        minutes=len(status["all"]["slots"]["requests"]) * status["slot_seconds"] // 60,
        broken=[(model["name"], version) for model in models for version in model["versions"] if _is_broken(version)],
        plots=_plots(status["all"], scale, status["slot_seconds"]),
        models=[(model, _model_plots(model, scale, status["slot_seconds"])) for model in models],
        duration=duration,
    )


def _is_broken(version: Mapping[str, Any]) -> bool:
    """Whether there is something that keeps it from being loaded, also where an older bundle of it still answers."""
    return version["reason"] is not None and version["state"] != "unloaded"


def _plots(recent: Mapping[str, Any], scale: tuple[int, int], slot_seconds: int) -> list[Plot]:
    if not recent["requests"]:
        return []
    return [requests_plot(recent, slot_seconds), latency_plot(recent, scale)]


def _model_plots(model: Mapping[str, Any], scale: tuple[int, int], slot_seconds: int) -> list[Plot]:
    plots = _plots(model["recent"], scale, slot_seconds)
    if model["shadow"] and any(model["shadow"]["rows"].values()):
        plots.append(shadow_plot(model["shadow"], slot_seconds))
    return plots
