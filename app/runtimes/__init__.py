"""Artifact -> outputs(arrays). One module per kind of artifact; it alone knows the library's model object.

This room knows no request, no manifest and no version. A library is imported only when a bundle needs it.
"""

import os

# onnxruntime reads it when it is first imported, and would call home without it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
