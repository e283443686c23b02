"""Outputs -> bytes: the formats in which more than one dialect answers.

This room knows run lengths, CSV and pixels. It knows no HTTP and no model object.
"""
