"""How a request is said. One module per dialect, with its request, its reply and its error shape.

A dialect reads its envelope, has `inputs` make arrays, calls `engine.predict` once and writes its envelope.
It knows no model object, no file and no timing.
"""
