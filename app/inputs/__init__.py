"""Bytes -> arrays that honour a signature, or an error that says exactly which row and field does not.

This room knows columns, pixels and byte formats. It knows no HTTP, no model object and no path.
Nothing is coerced, reordered or dropped: what does not fit is refused, and every misfit is named.
"""

import sys

from app.inputs.arrays import TensorReader
from app.inputs.base import Reader
from app.inputs.images import ImageReader
from app.inputs.tabular import TableReader
from app.signature import ImageSignature, Signature, TensorSignature


def reader_for(
    signature: Signature, max_pixels: int, max_values: int = sys.maxsize, *, ignore_extra: bool = False
) -> Reader:
    """The reader of a signature, made once when its model is loaded. max_values, ignore_extra: as in TableReader."""
    if isinstance(signature, TensorSignature):
        return TensorReader(signature, max_pixels)
    if isinstance(signature, ImageSignature):
        return ImageReader(signature, max_pixels)
    return TableReader(signature, max_values, ignore_extra=ignore_extra)
