"""PixelLib: masks as nested booleans, and a form that answers with the picture drawn on."""

from app.dialects.pixellib.description import examples, paths
from app.dialects.pixellib.views import create_blueprint

__all__ = ["TITLE", "create_blueprint", "examples", "paths"]

TITLE = "PixelLib"
