"""Which models exist: directories of bundles, each one version of one model.

This room knows paths, files and checksums. It opens no model and answers no request.
"""
