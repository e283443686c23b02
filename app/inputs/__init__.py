"""Bytes -> arrays that honour a signature, or an error that says exactly which row and field does not.

This room knows columns, pixels and byte formats. It knows no HTTP, no model object and no path.
Nothing is coerced, reordered or dropped: what does not fit is refused, and every misfit is named.
"""
