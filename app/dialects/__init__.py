"""How a request is said. One folder per dialect, with its request, its reply, its error shape and its description.

A dialect reads its envelope, has `inputs` make arrays, calls `engine.predict` once and writes its envelope.
It knows no model object, no file and no timing.
"""
