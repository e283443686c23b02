"""ONNX vision models that users bring: classifiers, detectors and instance segmentation, told apart by their graphs.

Inspecting settles everything once, as VisionOptions; serving only follows them. Each convention is one module with
what it is recognised by, how it wants its pictures, and how its outputs are read; layouts.py lists them.
"""
