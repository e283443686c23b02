"""Running the service: is it alive, is it ready, what has it done.

This room asks the engine and answers operators. It makes no prediction.
"""
