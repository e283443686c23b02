"""TensorFlow Serving REST: /v1/models/<model>:predict, :classify, :regress, states and metadata."""

from app.dialects.tfserving.description import examples, paths
from app.dialects.tfserving.views import create_blueprint

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "TensorFlow Serving REST"
