"""A trained model -> a bundle that the service can promise something about.

This room stands beside the engine. It may read a pickle, for its user owns the file; serving never learns how.
"""
