"""MLflow, SageMaker and Vertex AI."""

from app.dialects.invocations.description import examples, paths
from app.dialects.invocations.views import create_blueprint

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "MLflow, SageMaker and Vertex AI"
