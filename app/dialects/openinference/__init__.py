"""Open Inference Protocol v2, with the binary tensor and the model repository extensions."""

from app.dialects.openinference.description import examples, paths
from app.dialects.openinference.views import create_blueprint

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "Open Inference Protocol v2"
