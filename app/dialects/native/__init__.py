"""Slipway's own dialect: /predict."""

from app.dialects.native.description import examples, paths
from app.dialects.native.views import create_blueprint

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "Slipway"
