"""The media types that /predict reads and writes."""

from app.engine.model import Model
from app.replies import JSON

CSV, NPY, PNG, MULTIPART = "text/csv", "application/x-npy", "image/png", "multipart/form-data"
PICTURES = (PNG, "image/jpeg", "image/webp")
FILE_FIELDS = ("image", "file")


def answer_types(model: Model) -> list[str]:
    """The types that this model can answer in, the one that it prefers first."""
    offers = [JSON]
    if model.manifest.signature.kind == "table":
        offers.append(CSV)
    if model.finds_instances:
        offers.append(PNG)
    return offers
